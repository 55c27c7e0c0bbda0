"""From the events of a synthetic district to the tables of an office: numbers, delays, ratings, lists, repairs."""

from __future__ import annotations

import numpy as np
import pandas as pd

_HEAPS = np.array([200, 500, 1000, 2000, 3000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000])
_VIOLATIONS = ("超范围经营", "虚假宣传", "不明码标价", "销售不合格产品", "未按规定公示", "食品安全管理不到位", "未履行安全生产责任",
               "无证经营", "合同违法", "计量违法")  # fmt: skip
_AUTHORITIES = ("周村区市场监督管理局", "周村区应急管理局", "周村区综合行政执法局", "周村区交通运输局")
_NEVER = np.datetime64("NaT")


def office_tables(
    rng: np.random.Generator,
    registry: pd.DataFrame,
    events: dict[str, pd.DataFrame],
    number: int,
    last: np.datetime64,
    rate: np.ndarray,
) -> dict[str, pd.DataFrame]:
    """Canonical tables of one chunk: only what was known by `last`, with record numbers unique in the district."""
    penalties = _penalties(rng, registry, events["penalties"], last)
    tables = {
        "penalties": penalties,
        "abnormal_listings": _known(_owned(registry, events["abnormal_listings"]), last),
        "complaints": _known(_owned(registry, events["complaints"]), last),
        "inspections": _known(_owned(registry, events["inspections"]), last),
    }
    marks = {"penalties": "周处罚字", "abnormal_listings": "周列异字", "complaints": "TS", "inspections": "JC"}
    clocks = {
        "penalties": "decided_on",
        "abnormal_listings": "listed_on",
        "complaints": "received_on",
        "inspections": "inspected_on",
    }
    for name, mark in marks.items():
        tables[name] = _numbered(tables[name], clocks[name], mark, number)
    tables["ratings"] = _ratings(rng, registry, tables["penalties"], last, rate)
    tables["list_entries"] = _lists(rng, registry, tables["penalties"], last, rate)
    tables["commitments"] = _commitments(rng, registry, last, rate, number)
    tables["repairs"] = _repairs(rng, tables["penalties"], last)
    return tables


def _owned(registry: pd.DataFrame, events: pd.DataFrame) -> pd.DataFrame:
    """Events with the code of their enterprise; none before its establishment or after its end."""
    who = events["who"].to_numpy()
    owned = events.drop(columns="who").assign(entity_id=registry["entity_id"].to_numpy()[who])
    day = owned.iloc[:, 1 if owned.columns[0] == "reason" else 0].to_numpy()
    closed = registry["closed_on"].to_numpy()[who]
    inside = (day > registry["established_on"].to_numpy()[who]) & (np.isnat(closed) | (day < closed))
    kept: pd.DataFrame = owned[inside]
    return kept


def _known(events: pd.DataFrame, last: np.datetime64) -> pd.DataFrame:
    return events[(events["known_on"] <= last).to_numpy()]


def _numbered(events: pd.DataFrame, clock: str, mark: str, number: int) -> pd.DataFrame:
    ordered = events.sort_values([clock, "entity_id"], kind="stable", ignore_index=True)
    year = ordered[clock].dt.year.astype("str")
    serial = pd.Series(np.arange(len(ordered)) + 1 + number * 1_000_000).astype("str").str.zfill(6)
    text = mark + "〔" + year + "〕" + serial + "号" if mark.startswith("周") else mark + year + serial
    return ordered.assign(record_id=text)


def _penalties(
    rng: np.random.Generator, registry: pd.DataFrame, found: pd.DataFrame, last: np.datetime64
) -> pd.DataFrame:
    owned = _owned(registry, found[["occurred_on", "decided_on", "severity", "who"]])
    n, severity = len(owned), owned["severity"].to_numpy()
    light = rng.choice(["warning", "no_penalty", "fine", "criticism"], n, p=[0.58, 0.12, 0.24, 0.06])
    middle = rng.choice(["fine", "confiscation", "warning_fine"], n, p=[0.62, 0.16, 0.22])
    heavy = rng.choice(["stop", "suspension", "revocation", "fine"], n, p=[0.35, 0.25, 0.10, 0.30])
    category = np.select([severity == 2, severity == 1], [heavy, middle], light)
    level = np.select([severity == 2, severity == 1], [11.9, 8.7], 6.6)
    raw = np.exp(rng.normal(level, np.where(severity == 1, 0.8, 0.6), n))
    fine = _HEAPS[np.abs(np.log(_HEAPS[None, :]) - np.log(raw)[:, None]).argmin(axis=1)].astype("float64")
    fine = np.where(severity == 1, np.clip(fine, 5000, 50_000), fine)
    fine = np.where((severity == 2) & (category == "fine"), np.maximum(fine, 100_000), fine)
    fine = np.where(severity == 0, np.minimum(fine, 3000), fine)
    fine = np.where(np.isin(category, ["fine", "warning_fine", "stop"]), fine, 0.0)
    seized = np.where(category == "confiscation", np.round(np.exp(rng.normal(7.5, 1.0, n)), 2), 0.0)
    special = registry.set_index("entity_id").loc[owned["entity_id"], "special_field"].to_numpy()
    lag = np.minimum(rng.geometric(1 / 12, n), 120).astype("timedelta64[D]")
    table = owned.assign(
        known_on=owned["decided_on"].to_numpy() + lag, category=category, fine_yuan=fine, confiscated_yuan=seized,
        violation=rng.choice(_VIOLATIONS, n), authority=rng.choice(_AUTHORITIES, n, p=[0.6, 0.12, 0.18, 0.1]), special_field=special,
    )  # fmt: skip
    return _known(table.drop(columns="severity"), last)


def _ratings(
    rng: np.random.Generator, registry: pd.DataFrame, penalties: pd.DataFrame, last: np.datetime64, rate: np.ndarray
) -> pd.DataFrame:
    """Public ratings of the last two years, as the evaluation saw the enterprise; few industry and market ratings."""
    counts = penalties["entity_id"].value_counts()
    bad = registry["entity_id"].map(counts).fillna(0).to_numpy()
    parts = []
    for back in (1, 0):
        first = last - 365 * back - 120
        wanted = (rng.random(len(registry)) < 0.85) & (registry["established_on"].to_numpy() < first)
        worth = 0.9 * bad + 0.5 * np.log(rate) + rng.normal(0, 1, len(registry))
        order = worth.argsort().argsort() / max(len(worth), 1)
        grade = np.array(["A+", "A", "B", "C", "C-", "D", "D-"])[
            np.searchsorted([0.15, 0.72, 0.90, 0.95, 0.972, 0.993], order)
        ]
        parts.append(_rating(registry, wanted, "public", grade, first, rng))
    for source, share in (("industry", 0.03), ("market", 0.02)):
        wanted = rng.random(len(registry)) < share
        grade = rng.choice(["A", "B", "C", "D"], len(registry), p=[0.7, 0.2, 0.07, 0.03])
        parts.append(
            _rating(
                registry, wanted & (registry["established_on"].to_numpy() < last - 200), source, grade, last - 200, rng
            )
        )
    return _known(pd.concat(parts, ignore_index=True), last)


def _rating(
    registry: pd.DataFrame,
    wanted: np.ndarray,
    source: str,
    grade: np.ndarray,
    first: np.datetime64,
    rng: np.random.Generator,
) -> pd.DataFrame:
    n = int(wanted.sum())
    known = first + np.minimum(rng.geometric(1 / 20, n), 90).astype("timedelta64[D]")
    return pd.DataFrame(
        {
            "entity_id": registry["entity_id"].to_numpy()[wanted], "source": source, "grade": grade[wanted],
            "valid_from": np.full(n, first), "valid_to": np.full(n, first + 365), "known_on": known,
        }
    )  # fmt: skip


def _lists(
    rng: np.random.Generator, registry: pd.DataFrame, penalties: pd.DataFrame, last: np.datetime64, rate: np.ndarray
) -> pd.DataFrame:
    grave = penalties[penalties["category"].isin(("stop", "revocation", "suspension")).to_numpy()]
    grave = grave[(rng.random(len(grave)) < 0.25)].drop_duplicates("entity_id")
    black = _entries(
        rng, grave["entity_id"].to_numpy(), "serious_dishonesty", grave["decided_on"].to_numpy() + 20, 1095
    )
    debtors = registry.loc[rng.random(len(registry)) < 0.004, "entity_id"].to_numpy()
    court = _entries(
        rng, debtors, "judgment_debtor", last - rng.integers(30, 900, len(debtors)).astype("timedelta64[D]"), 730
    )
    calm = rng.random(len(registry)) < 0.05 * np.exp(-rate * 12)
    honest = registry.loc[calm, "entity_id"].to_numpy()
    red = _entries(rng, honest, "red_list", last - rng.integers(30, 700, len(honest)).astype("timedelta64[D]"), 365)
    lines = registry.loc[rng.random(len(registry)) < 0.0006, "entity_id"].to_numpy()
    line = _entries(rng, lines, "red_line", last - rng.integers(30, 600, len(lines)).astype("timedelta64[D]"), 5000)
    entries = pd.concat([black, court, red, line], ignore_index=True)
    born = registry.set_index("entity_id")["established_on"]
    entries = entries[(entries["entered_on"].to_numpy() > born.loc[entries["entity_id"]].to_numpy())]
    entries = _known(entries, last)
    return entries.assign(exited_on=entries["exited_on"].where(entries["exited_on"] <= last))


def _entries(rng: np.random.Generator, who: np.ndarray, name: str, entered: np.ndarray, days: int) -> pd.DataFrame:
    n = len(who)
    bodies = {
        "serious_dishonesty": "周村区市场监督管理局",
        "judgment_debtor": "周村区人民法院",
        "red_list": "周村区税务局",
        "red_line": "周村区地方金融监管局",
    }
    reasons = {
        "serious_dishonesty": "受到较重行政处罚",
        "judgment_debtor": "全部未履行",
        "red_list": "纳税信用A级",
        "red_line": "以创新之名开展违法金融活动",
    }
    entered = np.asarray(entered, dtype="datetime64[D]")
    return pd.DataFrame(
        {
            "entity_id": who, "list": name, "entered_on": entered, "exited_on": entered + days, "reason": reasons[name],
            "known_on": entered + np.minimum(rng.geometric(1 / 6, n), 40).astype("timedelta64[D]"), "authority": bodies[name],
        }
    )  # fmt: skip


def _commitments(
    rng: np.random.Generator, registry: pd.DataFrame, last: np.datetime64, rate: np.ndarray, number: int
) -> pd.DataFrame:
    made = rng.random(len(registry)) < 0.05
    n = int(made.sum())
    day = last - rng.integers(60, 1500, n).astype("timedelta64[D]")
    p_broken = np.clip(0.04 + 0.10 * rate[made] * 12, 0, 0.5)
    draw = rng.random(n)
    status = np.where(
        draw < p_broken, "broken", np.where(draw < p_broken + 0.05, "partly", np.where(draw < 0.92, "kept", "pending"))
    )
    found = day + rng.integers(30, 400, n).astype("timedelta64[D]")
    status = np.where(found > last, "pending", status)
    table = pd.DataFrame(
        {
            "record_id": [f"CN{number:04d}{i:06d}" for i in range(n)], "entity_id": registry["entity_id"].to_numpy()[made],
            "kind": rng.choice(["approval", "voluntary", "industry", "repair"], n, p=[0.55, 0.30, 0.10, 0.05]),
            "committed_on": day, "status": status, "status_on": np.where(status == "pending", _NEVER, found), "known_on": day + 2,
        }
    )  # fmt: skip
    return table[table["committed_on"].to_numpy() > registry.loc[made, "established_on"].to_numpy()]


def _repairs(rng: np.random.Generator, penalties: pd.DataFrame, last: np.datetime64) -> pd.DataFrame:
    chosen = penalties[(rng.random(len(penalties)) < 0.25) & penalties["category"].ne("no_penalty").to_numpy()]
    day = chosen["decided_on"].to_numpy() + rng.integers(100, 600, len(chosen)).astype("timedelta64[D]")
    known = day + np.minimum(rng.geometric(1 / 6, len(chosen)), 40).astype("timedelta64[D]")
    table = pd.DataFrame(
        {
            "entity_id": chosen["entity_id"].to_numpy(),
            "penalty_record_id": chosen["record_id"].to_numpy(),
            "repaired_on": day,
            "known_on": known,
        }
    )
    return _known(table, last)


def recusals(registry: pd.DataFrame, inspector_ids: list[str], *, seed: int) -> pd.DataFrame:
    """Pairs of inspector and enterprise that must not meet."""
    rng = np.random.default_rng([seed, 2**31 + 1])
    n = min(40, len(registry))
    who = rng.choice(len(registry), n, replace=False)
    return pd.DataFrame(
        {
            "inspector_id": rng.choice(inspector_ids, n), "entity_id": registry["entity_id"].to_numpy()[who],
            "reason": rng.choice(["近亲属任职", "持有股份", "曾任职", "其他利害关系"], n),
        }
    )  # fmt: skip
