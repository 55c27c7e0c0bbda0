"""Early signs of a month beside the rules: what the policy's detector sees, and waves that are no single firm's fault.

Both look at months that end on the day of the decision, at events by the day on which they became known, and at nothing
later. A sign is looked at by people and opens no case. A wave is an area or an industry in which more enterprises had
events than its own past explains; an enterprise of it, half of whose events became known in a wave, is marked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from riskmodel.policy.early_warning import DetectorRule, SignRule, WarningRules, WaveRule
from riskmodel.values import AsOf
from riskmodel.warning.change import SERIOUS, Change
from riskmodel.warning.charts import cusum, ewma
from riskmodel.warning.detectors import Counts, Detector, Exceedance, Hawkes, by_period
from riskmodel.warning.stages import OPEN
from riskmodel.warning.waves import waves

_YEAR = 12  # months
_SIGNS = ("entity_id", "name", "town", "industry", "events", "usual", "score", "evidence", "wave")
_WAVES = ("area", "group", "since", "until", "enterprises", "expected", "p")


@dataclass(frozen=True)
class Signs:
    """Early signs of a month, and waves of its last year.

    Attributes
    ----------
    table : DataFrame
        entity_id, name, town, industry, events (of the last twelve months), usual (mean of its industry), score of the
        detector, evidence (record numbers with days and authorities), wave (what it belongs to, '' if none); the
        highest score first.
    waves : DataFrame
        area (town or industry), group, since, until (first and last day), enterprises with events, expected, p; newest
        first.
    cases : DataFrame
        case_id, wave: open cases half of whose events lie in waves.
    """

    table: pd.DataFrame
    waves: pd.DataFrame
    cases: pd.DataFrame


def signs(events: pd.DataFrame, registry: pd.DataFrame, cases: pd.DataFrame, rules: WarningRules, as_of: AsOf) -> Signs:
    """What the month shows.

    Parameters
    ----------
    events : DataFrame
        As for `riskmodel.warning.casebook.review`, with serious ones; rows known later, or stopped, do not exist.
    registry : DataFrame
        entity_id, name, town, industry, established_on, closed_on, as known on the day.
    cases : DataFrame
        `Casebook.cases`: whoever has an open one is known already and gets no sign.
    rules : WarningRules
        Its `signs` and `waves`; where the policy has none of them, the table is empty.
    as_of : AsOf
        The day.
    """
    day = pd.Timestamp(as_of.day)
    alive = events["known_on"].le(day) & ~events["stopped_known_on"].le(day).fillna(False)
    rows = events[alive.to_numpy(dtype=bool)]
    rows = rows[rows["entity_id"].isin(registry["entity_id"]).to_numpy(dtype=bool)].reset_index(drop=True)
    found = _empty(_WAVES) if rules.waves is None or rows.empty else _waves(rows, rules.waves, day)
    open_cases = cases[cases["stage"].isin(OPEN).to_numpy(dtype=bool)]
    marked = _marked_cases(open_cases, rows, found)
    if rules.signs is None or rows.empty:
        return Signs(_empty(_SIGNS), found, marked)
    table = _told(rows, registry, set(open_cases["entity_id"]), rules.signs, day)
    waved = _waved(rows[_recent(rows, day)], found).reindex(table["entity_id"]).fillna("").to_numpy()
    return Signs(table.assign(wave=waved)[list(_SIGNS)], found, marked)


def detectors(how: DetectorRule) -> dict[str, Detector]:
    """Every detector that a policy may name, as its parameters want it."""
    return {
        "exceedance": Exceedance(how.counted_months), "cusum": cusum(ratio=how.jump, alpha=how.false_alarms),
        "ewma": ewma(fade=how.forgotten, alpha=how.false_alarms), "hawkes": Hawkes(),
        "change": Change(how.slipping_months, how.recovered, how.newest_months),
    }  # fmt: skip


def _told(
    rows: pd.DataFrame, registry: pd.DataFrame, known: set[str], rule: SignRule, day: pd.Timestamp
) -> pd.DataFrame:
    """The highest scores among enterprises with an event of the month, enough of a year, and no open case."""
    counts = _counts(rows, registry, rule, _starts(day, rule.years, rows))
    last = counts.e.shape[1]
    if last < 2:  # nothing to learn from
        return _empty(_SIGNS)
    scores = detectors(rule.parameters)[rule.detector].fit(counts.until(last - 1)).scores(counts)[:, -1]
    there, recent = counts.e[:, -1] > 0, counts.n[:, -_YEAR:].sum(axis=1)
    by_peers = pd.Series(recent[there]).groupby(counts.peers[there]).mean()
    table = registry[["entity_id", "name", "town", "industry"]].assign(
        score=scores, events=recent.astype("int64"), usual=by_peers.reindex(counts.peers).to_numpy()
    )
    asked = there & (counts.n[:, -1] > 0) & (recent >= rule.events_at_least)
    asked &= ~registry["entity_id"].isin(known).to_numpy(dtype=bool)
    table = table[asked].sort_values(["score", "entity_id"], ascending=[False, True], kind="stable")
    table = table.head(math.ceil(rule.a_thousand * there.sum() / 1000)).reset_index(drop=True)
    cited = rows[(_recent(rows, day) & _kind(rows, rule).isin(rule.weights)).to_numpy(dtype=bool)]
    texts = [f"{e}({o:%Y-%m-%d}{', ' + a if a else ''})" for e, o, a in zip(
        cited["event_id"], cited["occurred_on"], cited["authority"].fillna(""), strict=True)]  # fmt: skip
    evidence = pd.Series(texts, index=cited.index, dtype="str").groupby(cited["entity_id"]).agg("; ".join)
    told: pd.DataFrame = table.assign(evidence=table["entity_id"].map(evidence).astype("str").fillna(""))
    return told


def _counts(rows: pd.DataFrame, registry: pd.DataFrame, rule: SignRule, starts: np.ndarray) -> Counts:
    number = pd.Series(np.arange(len(registry)), index=registry["entity_id"])
    firm, day, kind = rows["entity_id"].map(number).to_numpy(), _days(rows["known_on"]), _kind(rows, rule)
    kinds = {
        k: by_period(firm[mask], day[mask], enterprises=len(registry), starts=starts)
        for k in (*rule.weights, SERIOUS) for mask in (kind.eq(k).to_numpy(dtype=bool),)
    }  # fmt: skip
    born = _days(registry["established_on"].fillna(pd.Timestamp("1900-01-01")))
    closed = _days(registry["closed_on"].fillna(pd.Timestamp("2200-01-01")))
    e = ((born[:, None] <= starts[None, :-1]) & (closed[:, None] >= starts[None, 1:])).astype(float)
    return Counts(kinds, rule.weights, e, pd.factorize(registry["industry"].str[:1].fillna(""))[0])


def _kind(rows: pd.DataFrame, rule: SignRule) -> pd.Series:
    """Serious, or the kind of a row whose severity the rule is about, or ''."""
    light = rows["kind"].where(rows["severity"].isin(rule.severity), "")
    return light.where(rows["severity"].ne(SERIOUS), SERIOUS)


def _waves(rows: pd.DataFrame, rule: WaveRule, day: pd.Timestamp) -> pd.DataFrame:
    """Waves of the last year: each month all towns and industries together hold the false-discovery rate."""
    starts = _starts(day, rule.years + 1, rows)
    rows = rows[rows["severity"].isin(rule.severity).to_numpy(dtype=bool)]
    once = _grouped(rows)
    once = once.assign(month=np.searchsorted(starts, _days(once["known_on"]), side="right") - 1)
    once = once[once["month"].between(0, len(starts) - 2).to_numpy(dtype=bool)]
    once = once.drop_duplicates(["entity_id", "area", "group", "month"])  # enterprises, so that one cannot make a wave
    table = once.pivot_table(
        index=["area", "group"], columns="month", values="entity_id", aggfunc="count", fill_value=0
    )
    table = table.reindex(columns=range(len(starts) - 1), fill_value=0)
    if table.empty:
        return _empty(_WAVES)
    first = max(len(starts) - 1 - _YEAR, 0)
    judged = waves(table.to_numpy(dtype=float), first=first, years=rule.years, q=rule.false_discovery)
    place, at = np.nonzero(judged.alarm)
    names = table.index.to_frame(index=False).iloc[place].reset_index(drop=True)
    begins, ends = (pd.to_datetime(d, unit="D").astype("datetime64[s]") for d in (starts[:-1], starts[1:] - 1))
    found = names.assign(
        since=begins[first + at], until=ends[first + at],
        enterprises=table.to_numpy()[place, first + at].astype("int64"),
        expected=judged.expected[place, at], p=judged.p[place, at],
    )  # fmt: skip
    return found.sort_values(["since", "p", "group"], ascending=[False, True, True], ignore_index=True)[list(_WAVES)]


def _grouped(rows: pd.DataFrame) -> pd.DataFrame:
    """Each row once for its town and once for its industry."""
    base = rows[["entity_id", "event_id", "known_on"]]
    parts = [base.assign(area="town", group=rows["town"]), base.assign(area="industry", group=rows["industry"].str[:1])]
    both = pd.concat(parts, ignore_index=True)
    return both[both["group"].fillna("").ne("").to_numpy(dtype=bool)]


def _waved(rows: pd.DataFrame, found: pd.DataFrame) -> pd.Series:
    """Group of the waves by enterprise, for those half of whose rows became known in one."""
    if found.empty or rows.empty:
        return pd.Series([], index=pd.Index([], dtype="str"), dtype="str")
    hit = _grouped(rows).merge(found[["area", "group", "since", "until"]], on=["area", "group"])
    hit = hit[hit["known_on"].between(hit["since"], hit["until"]).to_numpy(dtype=bool)]
    hit = hit.assign(group=hit["area"] + ":" + hit["group"])
    part = hit.drop_duplicates(["entity_id", "event_id"]).groupby("entity_id").size()
    whole = rows.groupby("entity_id").size().reindex(part.index)
    names = hit.groupby("entity_id")["group"].agg(lambda groups: "; ".join(sorted(set(groups))))
    return names[2 * part >= whole]


def _marked_cases(open_cases: pd.DataFrame, rows: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """Open cases half of whose events became known in waves."""
    cited = open_cases.assign(event_id=open_cases["evidence"].str.split("; ")).explode("event_id")
    cited = cited.assign(event_id=cited["event_id"].astype("str").str.split("(").str[0])[["case_id", "event_id"]]
    of_case = cited.merge(rows[["event_id", "town", "industry", "known_on"]], on="event_id")
    waved = _waved(of_case.rename(columns={"case_id": "entity_id"}), found)
    return pd.DataFrame({"case_id": waved.index, "wave": waved.to_numpy()}).astype("str")


def _recent(rows: pd.DataFrame, day: pd.Timestamp) -> pd.Series:
    return rows["known_on"].gt(day - pd.DateOffset(years=1))


def _starts(day: pd.Timestamp, years: int, rows: pd.DataFrame) -> np.ndarray:
    """First days of the months that end on a day, none before the first event known, and the day after the last."""
    after = day + pd.Timedelta(days=1)
    starts = pd.Series([after - pd.DateOffset(months=k) for k in range(_YEAR * years, -1, -1)])
    return _days(starts[starts.ge(rows["known_on"].min()).to_numpy(dtype=bool) | starts.eq(after)])


def _days(days: pd.Series) -> np.ndarray:
    return np.asarray(days.to_numpy(dtype="datetime64[D]").astype(np.int64))


def _empty(columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(columns=list(columns))
