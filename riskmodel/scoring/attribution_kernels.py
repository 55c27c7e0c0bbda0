"""Compiled loops of `attribution`: tables of Shapley values by pattern of answers, and their look-up by row."""

from __future__ import annotations

import numba as nb
import numpy as np

# Rows whose answers are held at once.
_BLOCK = 256


@nb.njit(cache=True, nogil=True)
def fill_tables(  # noqa: PLR0913
    tables: np.ndarray, starts: np.ndarray, slots: np.ndarray, leaf_starts: np.ndarray, values: np.ndarray,
    factor_starts: np.ndarray, slot: np.ndarray, share: np.ndarray, asked: np.ndarray, wanted: np.ndarray,
    nodes: np.ndarray, weights: np.ndarray,
) -> None:  # fmt: skip
    """Add the Shapley values of each leaf to the table of its group, for every pattern."""
    passed, product = np.empty(nodes.shape[1]), np.empty(nodes.shape[1])
    for g in range(len(slots)):
        width = slots[g]
        if width == 0:
            continue
        for pattern in range((starts[g + 1] - starts[g]) // width):
            row = starts[g] + pattern * width
            for leaf in range(leaf_starts[g], leaf_starts[g + 1]):
                first, last = factor_starts[leaf], factor_starts[leaf + 1]
                count = last - first
                half = (count + 1) // 2
                product[:half] = weights[count, :half] * values[leaf]
                for k in range(first, last):
                    passed[k - first] = 1.0 if pattern & asked[k] == wanted[k] else 0.0
                    for q in range(half):
                        t = nodes[count, q]
                        product[q] *= t * passed[k - first] + (1 - t) * share[k]
                for k in range(first, last):
                    total = 0.0
                    for q in range(half):
                        t = nodes[count, q]
                        total += product[q] / (t * passed[k - first] + (1 - t) * share[k])
                    tables[row + slot[k]] += total * (passed[k - first] - share[k])


@nb.njit(cache=True, nogil=True)
def add_rows(  # noqa: PLR0913
    X: np.ndarray, found: np.ndarray, feature: np.ndarray, threshold: np.ndarray, missing: np.ndarray,
    tree_starts: np.ndarray, tree_groups: np.ndarray, question_starts: np.ndarray, test_starts: np.ndarray,
    test_node: np.ndarray, test_left: np.ndarray, slot_starts: np.ndarray, slots: np.ndarray,
    table_starts: np.ndarray, tables: np.ndarray,
) -> None:  # fmt: skip
    """Add the contributions of every tree to `found`, block by block of rows; `X` is transposed."""
    widest = np.max(np.diff(tree_starts))
    left = np.empty((widest, _BLOCK), np.bool_)
    pattern, holds = np.empty(_BLOCK, np.uint16), np.empty(_BLOCK, np.bool_)
    parts = np.empty((X.shape[0], _BLOCK))
    for start in range(0, X.shape[1], _BLOCK):
        n = min(_BLOCK, X.shape[1] - start)
        parts[:] = 0.0
        for tree in range(len(tree_starts) - 1):
            _answer(X[:, start : start + n], left, feature, threshold, missing, tree_starts[tree : tree + 2])
            for g in range(tree_groups[tree], tree_groups[tree + 1]):
                questions = (question_starts[g], question_starts[g + 1])
                _patterns(pattern[:n], holds, left, questions, test_starts, test_node, test_left)
                width = slot_starts[g + 1] - slot_starts[g]
                for s in range(width):
                    row, base = parts[slots[slot_starts[g] + s]], table_starts[g] + s
                    for r in range(n):
                        row[r] += tables[base + pattern[r] * width]
        for r in range(n):
            for f in range(X.shape[0]):
                found[start + r, f] += parts[f, r]


@nb.njit(cache=True, nogil=True, inline="always")
def _answer(
    X: np.ndarray, left: np.ndarray, feature: np.ndarray, threshold: np.ndarray, missing: np.ndarray, span: np.ndarray
) -> None:
    """Whether each row goes left at each node of a tree."""
    for node in range(span[0], span[1]):
        column, cut, gone = X[feature[node]], threshold[node], missing[node]
        answers = left[node - span[0]]
        for r in range(X.shape[1]):
            answers[r] = (column[r] <= cut) | (gone & (column[r] != column[r]))


@nb.njit(cache=True, nogil=True, inline="always")
def _patterns(
    pattern: np.ndarray,
    holds: np.ndarray,
    left: np.ndarray,
    questions: tuple[int, int],
    test_starts: np.ndarray,
    test_node: np.ndarray,
    test_left: np.ndarray,
) -> None:
    """Answers of each row to the questions of a group, as bits: yes if all tests of a question hold."""
    pattern[:] = 0
    for q in range(questions[0], questions[1]):
        bit = nb.uint16(q - questions[0])
        first, last = test_starts[q], test_starts[q + 1]
        # test by test, so that the loops over rows are plain ones
        answers, side = left[test_node[first]], test_left[first]
        for r in range(len(pattern)):
            holds[r] = answers[r] == side
        for t in range(first + 1, last):
            answers, side = left[test_node[t]], test_left[t]
            for r in range(len(pattern)):
                holds[r] &= answers[r] == side
        for r in range(len(pattern)):
            pattern[r] |= nb.uint16(holds[r]) << bit
