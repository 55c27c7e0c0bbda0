"""Pictures that show themselves in a notebook, in the ink of the page, light or dark."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from matplotlib.figure import Figure

from riskmodel.display import figures
from riskmodel.display.canvas import WIDTH, in_page
from riskmodel.display.text import Lang, say
from riskmodel.tables import TIERS


@dataclass(frozen=True)
class Picture:
    """A figure with the words for those who cannot see it; shows itself as SVG."""

    figure: Figure
    alt: str

    def _repr_html_(self) -> str:
        return in_page(self.figure, self.alt)


def towns(decided: pd.DataFrame) -> pd.DataFrame:
    """Enterprises by town (rows) and risk tier (columns A to E)."""
    table = pd.crosstab(decided["town"], decided["risk_tier"]).reindex(columns=list(TIERS), fill_value=0)
    return table.reset_index().rename_axis(columns=None)


def assessed(
    what: str, decided: pd.DataFrame, reliability: pd.DataFrame, *, lang: Lang = "zh", width: float = WIDTH
) -> Picture:
    """One picture of an assessment.

    Parameters
    ----------
    what : {"tiers", "scores", "towns", "calibration"}
        Enterprises by tier; histogram of scores with the cuts; tiers by town; predicted against observed.
    decided : DataFrame
        town, risk_tier, score_tier, risk_score.
    reliability : DataFrame
        Curve of `scoring.calibration.reliability`; may be empty.
    lang : {"zh", "en"}
        Language of the labels.
    width : float
        Inches; the histogram and the curve keep theirs.
    """
    if what == "tiers":
        counts = decided["risk_tier"].value_counts().rename_axis("risk_tier").rename("enterprises").reset_index()
        figure = figures.tier_bars(counts, lang=lang, width=width)
    elif what == "scores":
        lowest = decided.groupby("score_tier")["risk_score"].min()
        cuts = {tier: float(lowest[tier]) for tier in TIERS[1:] if tier in lowest}
        figure = figures.score_histogram(decided["risk_score"], cuts, lang=lang)
    elif what == "towns":
        figure = figures.town_bars(towns(decided), lang=lang, width=width)
    elif what == "calibration":
        figure = figures.calibration(reliability, lang=lang)
    else:
        raise ValueError(f"no picture {what!r}: tiers, scores, towns, calibration")
    return Picture(figure, say(f"alt.{what}", lang))
