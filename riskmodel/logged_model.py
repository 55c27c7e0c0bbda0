"""The scorecard as MLflow keeps it: this file and the points in JSON; nothing is pickled.

MLflow copies the file beside the points and runs it to load the model. It imports nothing of ours, so that machines
which only score need no riskmodel; the tests hold it to the scores of `riskmodel.scoring`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd


class StoredScorecard(mlflow.pyfunc.PythonModel):  # type: ignore[misc, name-defined]
    """Rows of features → ``risk_score`` (whole points) and ``probability`` (missing without a calibration)."""

    def load_context(self, context: Any) -> None:
        """Read the points (`riskmodel.scoring.stored`)."""
        self._card = json.loads(Path(context.artifacts["card"]).read_text("utf-8"))

    def predict(self, context: Any, model_input: pd.DataFrame, params: Any = None) -> pd.DataFrame:
        """Score rows; a missing value is NaN or None."""
        score = np.full(len(model_input), self._card["base_points"], dtype="int64")
        for step in self._card["steps"]:
            value = model_input[step["feature"]].to_numpy(dtype=float, na_value=np.nan)
            reached = np.searchsorted(np.array(step["lows"], dtype=float), value, side="right")
            given = np.array([*step["points"], step["missing"]], dtype="int64")
            score += given[np.where(np.isnan(value), len(given) - 1, reached)]
        return pd.DataFrame({"risk_score": score, "probability": self._probability(score)}, index=model_input.index)

    def _probability(self, score: np.ndarray) -> np.ndarray:
        calibrated = self._card["probability"]
        if calibrated is None:
            return np.full(len(score), np.nan)
        values: np.ndarray = np.array(calibrated["values"], dtype=float)[score - calibrated["first"]]
        return values


mlflow.models.set_model(StoredScorecard())
