"""The card of a model that an experiment chose: what it is for, what it was learnt from, how well it did."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from riskmodel.display.text import Lang, heading, say, word
from riskmodel.evaluation.experiment import Findings
from riskmodel.values import VERSION

_FIGURES = ("auc", "average_precision", "ndcg", "brier", "ece", "mean_ratio")


def model_card(found: Findings, lang: Lang = "zh") -> str:
    """Markdown: the question and its answer first, then the figures, the conditions, and where it must not be used."""
    file, metrics = found.file, found.backtest.metrics
    facts = {
        "data": found.data, "policy": file.policy, "version": VERSION, "first": file.origins.first,
        "last": file.origins.last, "days": file.outcome.horizon_days, "coverage": metrics["coverage"].mean(),
    }  # fmt: skip
    return "\n".join(
        [
            file.question[lang], "", say("model_card.answer", lang, model=_model(found.promoted, lang)), "",
            *conditions(found, lang), "",
            f"## {say('model_card.means', lang)}", "", *_table(metrics, lang), "",
            f"## {say('model_card.made_of', lang)}", "", say("model_card.facts", lang, **facts), "",
            say("model_card.use", lang), "",
        ]
    )  # fmt: skip


def conditions(found: Findings, lang: Lang) -> Iterator[str]:
    """One line a model that was to replace the champion: each condition, what was found, whether it holds."""
    for model, rows in found.gate.groupby("model", sort=False):
        said = [
            say("model_card.holds" if row.holds else "model_card.fails", lang,
                condition=word("condition", str(row.condition), lang), found=f"{row.found:.4g}")
            for row in rows.itertuples()
        ]  # fmt: skip
        yield say(
            "model_card.condition", lang, model=_model(str(model), lang), said=say("list.separator", lang).join(said)
        )


def _table(metrics: pd.DataFrame, lang: Lang) -> Iterator[str]:
    mean = metrics.groupby(["model", "metric"])["value"].mean().unstack("metric")
    shown = [name for name in _FIGURES if name in mean]
    yield "| " + " | ".join(heading(name, lang) for name in ("model", *shown)) + " |"
    yield "| --- |" + " ---: |" * len(shown)
    for model in mean.index:
        yield f"| {_model(model, lang)} | " + " | ".join(f"{mean.loc[model, name]:.4f}" for name in shown) + " |"


def _model(name: str, lang: Lang) -> str:
    """Its name in words, and the one under which it is registered."""
    said = word("model", name, lang)
    return said if said == name else say("model_card.model", lang, said=said, name=name)
