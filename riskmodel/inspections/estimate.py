"""What a draw tells about all enterprises: rates of findings with intervals, and what it cannot tell.

Method
------
Within a stratum the draw is simple random sampling, given its number. Stratified draws: strata that expect at least two
are estimated given the numbers that the rounding ticket gave them: weight N_h / n_h, variance stratum by stratum.
Smaller strata keep the weights 1 / pi, which hold over all roundings, and share one variance by the formula of Hájek
and Deville. The other designs keep the weights 1 / pi and take the variance of Sen, Yates and Grundy from the joint
probabilities of the design, both given how many a group drew. Whoever came in for another one stands in the place of
one of the same stratum who was drawn and gave no result. Enterprises that were drawn but gave no result are made good
by those of their stratum who did. Whoever was found deregistered, revoked, annulled or moved away is no part of the
population any more. Enterprises that could not be drawn (probability 0: capped, resting, exempt) are counted as not
estimable: the figures say nothing about them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from riskmodel.display.html import table as table_html
from riskmodel.display.text import heading, say, word
from riskmodel.errors import DrawError, InputError
from riskmodel.features.derive import CLEAN_OUTCOMES
from riskmodel.inspections.draw import Draw, Planned, strata_of
from riskmodel.inspections.results import Results
from riskmodel.sampling.by_stratum import STRATIFIED, orders
from riskmodel.sampling.estimators import Estimate, rate
from riskmodel.sampling.rounding import UNIT, joint_pi
from riskmodel.sampling.sampled import Sample
from riskmodel.sampling.weights import adjusted

VIOLATION, SECTION = "violation", "section"
# Columns that hold shares.
_RATES = ("value", "standard_error", "low", "high")
_GONE = frozenset(("9", "10", "11", "12"))
_ALONE = 2 * UNIT


@dataclass(frozen=True, eq=False)
class Estimates:
    """Rates with intervals.

    Attributes
    ----------
    table : DataFrame
        One row a group, first all together (group ''): ``group``, ``value``, ``standard_error``, ``low``, ``high``,
        ``n`` (with a result), ``size`` (of the frame), ``not_estimable`` (could never be drawn). A group of which
        nobody was observed has no value.
    drawn, observed, gone : int
        Enterprises drawn; those with a result; those found not to exist any more.
    missing : int
        Enterprises drawn without a result.
    """

    table: pd.DataFrame
    drawn: int
    observed: int
    gone: int
    missing: int

    def _repr_html_(self) -> str:
        rates = {name: self.table[name].map(lambda rate: "—" if np.isnan(rate) else f"{rate:.1%}") for name in _RATES}
        groups = self.table["group"].map(lambda group: word("field", str(group)) if group else say("group.all"))
        shown = self.table.assign(group=groups, **rates)
        facts = {"drawn": self.drawn, "observed": self.observed, "missing": self.missing, "gone": self.gone}
        title = say("estimate.counts", "zh", **facts)
        return table_html(
            shown, headings={"value": heading("rate"), "n": heading("inspected")}, caption=title, limit=50, right=_RATES
        )


def estimate(
    draw: Draw, results: Results | pd.DataFrame, what: str = VIOLATION, *, by: str | None = None, level: float = 0.95
) -> Estimates:
    """Estimate a rate among all enterprises of the frame, or by group.

    Parameters
    ----------
    draw : Draw
        The draw.
    results : Results or DataFrame
        What came back: ``entity_id`` and ``outcome_codes``.
    what : str
        ``violation`` (any outcome that is not clean), or one outcome code.
    by : str, optional
        ``town``, ``special_field``, ``industry`` or ``section`` (letter of the industry).
    level : float
        Of the intervals.

    Raises
    ------
    InputError
        If there is no such group or outcome (RM-INP-004).
    DrawError
        If a result is of an enterprise that was not drawn, or there is no result at all (RM-DRW-025).
    """
    table = results.table if isinstance(results, Results) else results
    codes = table["outcome_codes"].astype("str").str.split(",")
    if what != VIOLATION and what not in (known := {c for row in codes for c in row}):
        raise InputError("RM-INP-004", where="--what", found=what, expected=", ".join([VIOLATION, *sorted(known)]))
    frame = draw.plan.frame
    place = pd.Series(np.arange(len(frame)), index=frame["entity_id"])
    at = place.reindex(table["entity_id"])
    if at.isna().any() or not len(table):
        found = str(table["entity_id"][at.isna().to_numpy()].iloc[0]) if len(table) else "0"
        raise DrawError("RM-DRW-025", where="results", found=found)
    y = np.zeros(len(frame))
    wrong = codes.map(lambda row: bool(set(row) - CLEAN_OUTCOMES) if what == VIOLATION else what in row)
    places = at.to_numpy(dtype=np.int64)
    y[places] = wrong.to_numpy(dtype=float)
    living = np.ones(len(frame), dtype=bool)
    gone = codes.map(lambda row: bool(set(row) & _GONE)).to_numpy(dtype=bool)
    living[places[gone]] = False
    sample = _responded(*_sample(draw.plan, draw.table["entity_id"], places), places)
    own = y[sample.units]
    rows = [("", rate(sample, own, within=living, level=level))]
    if by is not None:
        groups = _groups(draw.plan.about, frame["entity_id"], by)
        names = sorted(set(groups))
        rows += [(name, rate(sample, own, within=living & (groups == name), level=level)) for name in names]
    drawn = len(draw.table)
    return Estimates(_table(rows), drawn, len(table), int(gone.sum()), max(drawn - len(table), 0))


def _sample(plan: Planned, drawn: pd.Series, observed: np.ndarray) -> tuple[Sample, np.ndarray]:
    """Everybody drawn, and who came in for somebody, with weights; and the classes in which silence is made good."""
    strata = strata_of(plan)
    number = {name: code for code, name in enumerate(strata.names)}
    codes = plan.frame["stratum"].map(number).to_numpy(dtype=np.int64)
    units = _visited(codes, plan.frame["entity_id"].isin(drawn).to_numpy(), observed)
    n = np.bincount(codes[units], minlength=len(strata.names))
    if plan.design != STRATIFIED:
        pi, pairs = orders(plan.design, strata, n)

        def of_design(i: ArrayLike, j: ArrayLike) -> np.ndarray:
            one, other = np.broadcast_arrays(np.asarray(i), np.asarray(j))
            both: np.ndarray = np.where(one == other, pi[codes[one]], pairs[codes[one], codes[other]])
            return both

        weights, group = 1 / pi[codes[units]], strata.groups(plan.design)[codes]
        return Sample(plan.design, pi[codes], group, units, weights, units, of_design, False, np.inf), codes[units]
    alone = strata.parts >= _ALONE
    pi = np.where(alone, np.minimum(n / np.maximum(strata.sizes, 1), 1.0), strata.pi)
    shared = np.where(alone, np.arange(len(strata.names)), len(strata.names))[codes]

    def joint(i: ArrayLike, j: ArrayLike) -> np.ndarray:
        return joint_pi(codes, strata.sizes, strata.parts, i=i, j=j)

    return Sample(plan.design, pi[codes], shared, units, 1 / pi[codes][units], units, joint, False, 0), shared[units]


def _visited(codes: np.ndarray, mask: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Places of who was drawn, some without a result put aside for those of their stratum who came in."""
    came = observed[~mask[observed]]
    silent = np.setdiff1d(np.flatnonzero(mask), observed)
    many = np.bincount(codes[came], minlength=int(codes.max(initial=0)) + 1)
    order = silent[np.argsort(codes[silent], kind="stable")]
    turn = np.arange(order.size) - np.searchsorted(codes[order], codes[order])
    aside = order[turn < many[codes[order]]]
    return np.setdiff1d(np.union1d(np.flatnonzero(mask), came), aside)


def _responded(sample: Sample, classes: np.ndarray, observed: np.ndarray) -> Sample:
    """The units with a result, made to stand for those of their class without one."""
    answered = np.isin(sample.units, observed)
    if answered.all():
        return sample
    heard = np.bincount(classes[answered], minlength=int(classes.max()) + 1)
    classes = np.where(heard[classes] == 0, int(np.argmax(heard)), classes)
    return adjusted(sample, answered, classes=classes)


def _groups(about: pd.DataFrame, ids: pd.Series, by: str) -> np.ndarray:
    columns = [c for c in about.columns if c not in ("entity_id", "name", "needs") and ":" not in c]
    if by != SECTION and by not in columns:
        raise InputError("RM-INP-004", where="--by", found=by, expected=", ".join([*columns, SECTION]))
    values = about.set_index("entity_id")["industry" if by == SECTION else by].reindex(ids).fillna("").astype("str")
    return (values.str[:1] if by == SECTION else values).to_numpy(dtype=str)


def _table(rows: list[tuple[str, Estimate]]) -> pd.DataFrame:
    names = ("value", "standard_error", "low", "high", "n", "size", "not_estimable")
    return pd.DataFrame([{"group": group, **{name: getattr(found, name) for name in names}} for group, found in rows])
