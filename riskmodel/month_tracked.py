"""A finished month as MLflow keeps it: parameters, figures, notes, lists, the scorecard in force."""

from __future__ import annotations

import json
from pathlib import Path

from riskmodel.display.text import heading, say, word
from riskmodel.errors import Lang
from riskmodel.exports.contents import Month, facts
from riskmodel.scoring.stored import stored


def track_month(month: Month, folder: Path, out: Path, lang: Lang) -> str:
    """Log a month with its folder; returns the id of the MLflow run."""
    from riskmodel.tracked_run import Data, TrackedRun
    from riskmodel.tracking import track

    summary = facts(month)
    metrics = {f"tier_{tier}": float(n) for tier, n in dict(summary["tiers"]).items()}  # type: ignore[call-overload]
    for key in ("enterprises", "visits", "rows", "quarantined"):
        metrics[key] = float(str(summary[key]))
    mode = month.assessment.rules.scoring.mode
    for row in month.assessment.models.metrics.to_dict("records"):
        numbers = {k: v for k, v in row.items() if isinstance(v, int | float)}
        # MLflow orders sections by name: charts of the card in force come first, whichever it is
        section = "in_force" if row["model"] == mode else f"other/{row['model']}"
        metrics |= {f"{section}/{name}": float(value) for name, value in numbers.items()}
    parameters = {key: str(summary[key]) for key in ("as_of", "policy", "data", "code", "seed", "rehearsal")}
    tags = {"mode": mode, "absent": json.dumps(summary["absent"])}
    models = month.assessment.models
    card = stored(models.scorecard, models.probability)
    day = month.assessment.provenance.as_of.day
    said = {**summary, "model": word("model", mode, lang), "held_out": models.held_out or "—"}
    note = say("dash.month", lang, **said, folder=folder.name)
    data = Data(str(day), parameters["data"], say("dash.assessed", lang))
    about, history = say("dash.months", lang), say("dash.history", lang)
    run = TrackedRun(
        str(day), parameters, metrics, tags, folder, card, day, note, about, data, lang, history, _shown(lang)
    )
    return track(run, out).run_id


def _shown(lang: Lang) -> dict[str, tuple[str, str]]:
    """The figures that tell how months differ: figure → what it is called, and how it is written."""
    sizes = {name: (heading(name, lang), ",.0f") for name in ("enterprises", "visits")}
    return sizes | {
        "in_force/auc": (word("figure", "auc", lang), ".3f"), "in_force/capture": (heading("capture", lang), ".1%"),
        "in_force/brier": (word("figure", "brier", lang), ".3f"), "in_force/ece": (word("figure", "ece", lang), ".3f"),
    }  # fmt: skip
