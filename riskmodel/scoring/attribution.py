"""Shapley values of a forest of trees, exact and fast: what each feature adds to the log odds of each row.

The game is that of path-dependent TreeSHAP: a feature outside the coalition sends a row down both branches, in the
proportion of the training rows that took them. For one leaf of value v, with the features 1 … d on its path, o_i = 1
if the row meets all conditions on feature i (else 0) and z_i the proportion of training rows that do, the Shapley
value of i is

    v (o_i − z_i) ∫₀¹ Π_{k ≠ i} (t o_k + (1 − t) z_k) dt,

an integral of a polynomial that Gauss and Legendre's rule with ⌈d/2⌉ nodes gives exactly. It depends on the row only
through the answers to few questions. So each tree is cut into *groups*: a subtree, the questions in it, and one
question a feature on the path to it; a table holds the Shapley values of a group for every pattern of answers. A row
then costs its answers, and one look-up a group and feature.

References
----------
Lundberg et al. (2020), From local explanations to global understanding with explainable AI for trees, Nat. Mach.
Intell. 2, 56–67, alg. 2. Owen, G. (1972), Multilinear extensions of games, Manag. Sci. 18, 64–79 (the integral).
Yang, J. (2021), Fast TreeSHAP, sec. 3.3 (tables of patterns).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np

from riskmodel.scoring import attribution_kernels as kernels

# Questions of a group up to which subtrees stay whole, and beyond which a path is too deep for a table.
_WHOLE, _DEEPEST = 8, 14
# Rows that a thread takes at a time.
_CHUNK = 2048

# Inner nodes with the way out of them (left or right); feature, left, right, is_leaf, count and value of all nodes.
Path = list[tuple[int, bool]]
Nodes = list[tuple[int, int, int, int, int, float]]


@dataclass
class _Plan:
    """Groups of all trees as flat lists; ``*_ends`` say where the part of each group, question or leaf ends."""

    tree_groups: list[int] = field(default_factory=list)
    question_ends: list[int] = field(default_factory=list)
    test_ends: list[int] = field(default_factory=list)
    tests: Path = field(default_factory=list)
    slot_ends: list[int] = field(default_factory=list)
    slots: list[int] = field(default_factory=list)
    leaf_ends: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    factor_ends: list[int] = field(default_factory=list)
    # slot, proportion, questions that matter, answers that are wanted (both as bits)
    factors: list[tuple[int, float, int, int]] = field(default_factory=list)


def tree_contributions(trees: Sequence[np.ndarray], X: np.ndarray) -> tuple[np.ndarray, float]:
    """Shapley values of the sum of the trees, and its mean over the training rows.

    Parameters
    ----------
    trees : sequence of structured arrays
        Nodes as scikit-learn's histogram gradient boosting keeps them: value, count, feature_idx, num_threshold,
        missing_go_to_left, left, right, is_leaf; splits are numeric.
    X : ndarray of shape (n, features)
        Rows; NaN is a missing value.

    Returns
    -------
    contributions : ndarray of shape (n, features)
        With the mean, each row sums to the sum of the trees.
    mean : float

    Raises
    ------
    ValueError
        If more than 14 features lie on one path.
    """
    plan, nodes, starts = _Plan(), np.concatenate([*trees]), np.r_[0, np.cumsum([len(t) for t in trees])]
    for tree in trees:
        _plan_tree(plan, tree)
    mean = float(sum(mean_of(tree) for tree in trees))
    arrays = _arrays(plan)
    tables, table_starts = _tables(plan)
    given = (
        nodes["feature_idx"].astype("int64"),
        nodes["num_threshold"],
        nodes["missing_go_to_left"] > 0,
        starts,
        *arrays,
        table_starts,
        tables,
    )
    found = np.zeros(X.shape)
    rows = [slice(a, a + _CHUNK) for a in range(0, len(X), _CHUNK)]
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda part: kernels.add_rows(np.ascontiguousarray(X[part].T), found[part], *given), rows))
    return found, mean


def mean_of(tree: np.ndarray) -> float:
    """Mean of a tree over its training rows."""
    leaves = tree["is_leaf"] > 0
    return float((tree["value"][leaves] * tree["count"][leaves]).sum() / tree["count"][leaves].sum())


def _plan_tree(plan: _Plan, tree: np.ndarray) -> None:
    columns = [tree[name].tolist() for name in ("feature_idx", "left", "right", "is_leaf", "count", "value")]
    nodes: Nodes = list(zip(*columns, strict=True))
    for top, path in _tops(nodes, _sizes(nodes)):
        _plan_group(plan, nodes, top, path)
    plan.tree_groups.append(len(plan.slot_ends))


def _sizes(nodes: Nodes) -> list[int]:
    """Inner nodes of the subtree at each node; children stand behind their parents."""
    sizes = [0] * len(nodes)
    for i in range(len(nodes) - 1, -1, -1):
        _, left, right, leaf, _, _ = nodes[i]
        sizes[i] = 0 if leaf else 1 + sizes[left] + sizes[right]
    return sizes


def _tops(nodes: Nodes, sizes: list[int]) -> Iterator[tuple[int, Path]]:
    """Tops of the groups with the paths to them: the largest subtrees with few enough questions."""
    waiting: list[tuple[int, Path]] = [(0, [])]
    while waiting:
        top, path = waiting.pop()
        known = len({nodes[n][0] for n, _ in path})
        if known > _DEEPEST:
            raise ValueError(f"at most {_DEEPEST} features may lie on the path to a leaf; found {known}")
        if known + sizes[top] <= _WHOLE or nodes[top][3]:
            yield top, path
        else:
            waiting += [(nodes[top][1], [*path, (top, True)]), (nodes[top][2], [*path, (top, False)])]


def _plan_group(plan: _Plan, nodes: Nodes, top: int, path: Path) -> None:
    questions: dict[int, Path] = {}
    for step in path:
        questions.setdefault(nodes[step[0]][0], []).append(step)
    bits = {node: i for i, tests in enumerate(questions.values()) for node, _ in tests}
    asked, slots = list(questions.values()), {feature: i for i, feature in enumerate(questions)}
    waiting = [(top, path)]
    while waiting:
        node, way = waiting.pop()
        feature, left, right, leaf, _, value = nodes[node]
        if leaf:
            _plan_leaf(plan, nodes, (node, way, float(value)), slots, bits, len(path))
            continue
        bits[node] = len(asked)
        asked.append([(node, True)])
        slots.setdefault(feature, len(slots))
        waiting += [(left, [*way, (node, True)]), (right, [*way, (node, False)])]
    for tests in asked:
        plan.tests += tests
        plan.test_ends.append(len(plan.tests))
    plan.slots += slots
    plan.question_ends.append(len(plan.test_ends))
    plan.slot_ends.append(len(plan.slots))
    plan.leaf_ends.append(len(plan.values))


def _plan_leaf(
    plan: _Plan,
    nodes: Nodes,
    leaf: tuple[int, Path, float],
    slots: dict[int, int],
    bits: dict[int, int],
    above: int,
) -> None:
    """One factor a feature on the path: its proportion, and the answers that let a row pass."""
    end, way, value = leaf
    factors: dict[int, tuple[float, int, int]] = {}
    following = [*(n for n, _ in way), end][1:]
    for i, ((node, left), child) in enumerate(zip(way, following, strict=True)):
        feature, bit = nodes[node][0], 1 << bits[node]
        share, asked, wanted = factors.get(feature, (1.0, 0, 0))
        # a question about the path to the group is answered by yes, one in the group by left or right
        share, asked = share * nodes[child][4] / nodes[node][4], asked | bit
        factors[feature] = share, asked, wanted | (bit if left or i < above else 0)
    plan.factors += [(slots[feature], *factor) for feature, factor in factors.items()]
    plan.factor_ends.append(len(plan.factors))
    plan.values.append(value)


def _starts(ends: list[int]) -> np.ndarray:
    return np.array([0, *ends], dtype="int64")


def _arrays(plan: _Plan) -> tuple[np.ndarray, ...]:
    """What the kernel of rows needs of the plan, but for the tables."""
    nodes, lefts = zip(*plan.tests, strict=True) if plan.tests else ((), ())
    return (
        _starts(plan.tree_groups),
        _starts(plan.question_ends),
        _starts(plan.test_ends),
        np.array(nodes, dtype="int64"),
        np.array(lefts, dtype=bool),
        _starts(plan.slot_ends),
        np.array(plan.slots, dtype="int64"),
    )


def _tables(plan: _Plan) -> tuple[np.ndarray, np.ndarray]:
    """Shapley values of all groups for all patterns of answers, one after the other."""
    questions, slots = np.diff(_starts(plan.question_ends)), np.diff(_starts(plan.slot_ends))
    starts = np.array([0, *accumulate((2**questions * slots).tolist())], dtype="int64")
    columns = zip(*plan.factors, strict=True) if plan.factors else ((), (), (), ())
    slot, share, asked, wanted = (np.array(c, dtype=t) for c, t in zip(columns, ("i8", "f8", "i8", "i8"), strict=True))
    nodes, weights = np.zeros((_DEEPEST + 1, _DEEPEST)), np.zeros((_DEEPEST + 1, _DEEPEST))
    for d in range(1, _DEEPEST + 1):
        at, weight = np.polynomial.legendre.leggauss((d + 1) // 2)
        nodes[d, : len(at)], weights[d, : len(at)] = (at + 1) / 2, weight / 2
    tables = np.zeros(int(starts[-1]))
    leaves = (_starts(plan.leaf_ends), np.array(plan.values), _starts(plan.factor_ends))
    kernels.fill_tables(tables, starts, slots, *leaves, slot, share, asked, wanted, nodes, weights)
    return tables, starts
