"""The comparison of policies as one page that needs nothing else, for officials; internal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from markupsafe import Markup

from riskmodel.display.canvas import to_svg
from riskmodel.display.figures import TIER_COLOURS
from riskmodel.display.study_charts import fit_bars, frontier_curve, lines_by_quarter, strategy_panels
from riskmodel.display.study_words import measure_label, study_say, study_word
from riskmodel.display.text import Lang, word
from riskmodel.exports.page import template
from riskmodel.simulation.study import SUMMED, Study
from riskmodel.tables import TIERS

_PANELS = ("found", "burden", "harm", "error")
_SHOWN = (
    "visits",
    "found",
    "found_serious",
    "hit_rate",
    "harm",
    "burden",
    "covered",
    "error",
    "auc",
    "hours",
    "reminded",
)
_SHARES = ("hit_rate", "covered", "error")
_DIGITS: Mapping[str, int] = {"burden": 3, "auc": 3}


@dataclass(frozen=True)
class Grid:
    """A table of the page as texts: numbers stand right."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]


def study_html(study: Study, *, lang: Lang = "zh") -> str:
    """The page; the same study gives the same bytes."""
    summary = study.titled(study.summary(), lang)
    return template("study.html.j2").render(
        lang=lang, about=study.about, say=lambda key, **facts: study_say(key, lang, **facts),
        sentences=_sentences(study, summary, lang), warnings=_warnings(summary, lang), promise=_promise(study, lang),
        grids={
            "strategies": _strategies(summary, lang), "proposal": _proposal(study, lang),
            "numbers": _numbers(study, lang),
        },
        pictures=_pictures(study, summary, lang), tiers=TIERS, colours=TIER_COLOURS,
    )  # fmt: skip


def _pictures(study: Study, summary: pd.DataFrame, lang: Lang) -> dict[str, Markup]:
    drawn = {
        "panels": strategy_panels(summary, _PANELS, yearly=SUMMED, lang=lang),
        **{
            name: lines_by_quarter(study.titled(study.over_time(name), lang), name, lang=lang, zero=name == "error")
            for name in ("found", "harm", "error")
        },
        "frontier": frontier_curve(study.frontier, lang=lang),
        "fit": fit_bars(study.fit, lang=lang),
    }
    # to_svg escapes what it is given; nothing here comes from outside but names, which matplotlib draws as paths
    return {name: Markup(to_svg(picture, name=name, alt=_alt(name, lang))) for name, picture in drawn.items()}


def _alt(name: str, lang: Lang) -> str:
    keys = {
        "panels": "strategies",
        "found": "time",
        "harm": "time",
        "error": "rate",
        "frontier": "frontier",
        "fit": "fit",
    }
    return study_say(keys[name], lang)


def _sentences(study: Study, summary: pd.DataFrame, lang: Lang) -> list[str]:
    """One sentence a strategy: visits, findings, burden, and what differs from the base beyond chance."""
    at = summary.set_index(["strategy", "measure"])
    base, made = study.title(study.base, lang), []
    for name in dict.fromkeys(summary["strategy"]):
        text = study_say(
            "sentence", lang, name=study_word("strategy", name, lang),
            visits=f"{at.loc[(name, 'visits'), 'value']:,.0f}",
            found=f"{at.loc[(name, 'found'), 'value']:,.0f}", burden=f"{at.loc[(name, 'burden'), 'value']:.3f}",
        )  # fmt: skip
        if name != base:
            text += _difference(at.loc[(name, "found")], base, lang)
        made.append(text + ("。" if lang == "zh" else "."))
    return made


def _difference(row: pd.Series, base: str, lang: Lang) -> str:
    if np.isnan(row["difference_low"]) or row["difference_low"] <= 0 <= row["difference_high"]:
        return study_say("found_same", lang, base=base)
    key = "found_more" if row["difference"] > 0 else "found_less"
    return study_say(key, lang, base=base, n=f"{abs(row['difference']):,.0f}")


def _warnings(summary: pd.DataFrame, lang: Lang) -> list[str]:
    """Strategies whose estimated rate is off beyond chance."""
    rows = summary[summary["measure"].eq("error")]
    off = rows[(rows["low"] > 0) | (rows["high"] < 0)]
    return [
        study_say("biased", lang, name=study_word("strategy", str(r.strategy), lang), error=f"{r.value:+.1%}")
        for r in off.itertuples()
    ]


def _promise(study: Study, lang: Lang) -> str:
    made = study.proposal
    return study_say(
        "promise", lang, visits=f"{made.instead['visits']:,.0f}", floor=min(made.table.values()),
        gain=f"{made.gain:,.1f}",
        low=f"{made.low:,.1f}", high=f"{made.high:,.1f}", error=f"{made.instead['standard_error']:.1%}",
        new_error=f"{made.expected['standard_error']:.1%}", years=study.about["years"],
    )  # fmt: skip


def _strategies(summary: pd.DataFrame, lang: Lang) -> Grid:
    at = summary.set_index(["strategy", "measure"])
    names = list(dict.fromkeys(summary["strategy"]))
    heads = (study_say("measure", lang), *(study_word("strategy", name, lang) for name in names))
    rows = tuple(
        (measure_label(m, lang, yearly=SUMMED), *(_cell(at.loc[(name, m)], m) for name in names)) for m in _SHOWN
    )
    return Grid(study_say("strategies", lang), heads, rows, (False, *(True for _ in names)))


def _cell(row: pd.Series, measure: str) -> str:
    """The mean with half of its interval."""
    half = (row["high"] - row["low"]) / 2
    form = ".1%" if measure in _SHARES else f",.{_DIGITS.get(measure, 0)}f"
    spread = "" if np.isnan(half) else f" ± {half:{form}}"
    return f"{row['value']:{form}}{spread}"


def _proposal(study: Study, lang: Lang) -> Grid:
    own = study.frontier[study.frontier["kind"].eq("policy")].iloc[0]
    rows = tuple((word("tier", t, lang), f"{own[t]:.1%}", f"{study.proposal.table[t]:.1%}") for t in TIERS)
    heads = (study_say("tier", lang), study_say("ratio_now", lang), study_say("ratio_new", lang))
    return Grid(study_say("proposal", lang), heads, rows, (False, True, True))


def _numbers(study: Study, lang: Lang) -> Grid:
    table = study.calibrated.estimates[["name", "value", "origin"]]
    words = {"records": study_say("from_records", lang), "assumed": study_say("assumed", lang)}
    rows = tuple(
        (label, _plain(one), words[origin])
        for name, value, origin in table.itertuples(index=False)
        for label, one in _parts(study_word("number", str(name), lang), value, lang)
    )
    heads = (study_say("name", lang), study_say("value", lang), study_say("origin", lang))
    return Grid(study_say("numbers", lang), heads, rows, (False, True, False))


def _parts(label: str, value: object, lang: Lang) -> list[tuple[str, object]]:
    """A table of numbers as one line each."""
    if not isinstance(value, Mapping):
        return [(label, value)]
    return [(f"{label} · {word('table', str(name), lang).replace('_', ' ')}", one) for name, one in value.items()]


def _plain(value: object) -> str:
    """Numbers in three digits."""
    if isinstance(value, tuple | list | np.ndarray):
        return ", ".join(_plain(one) for one in value)
    return f"{float(str(value)):.3g}"
