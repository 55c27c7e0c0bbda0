"""Features: declarations of what describes an enterprise, built from what was known, and the outcomes to predict."""

from riskmodel.features.build import build
from riskmodel.features.catalog import FEATURES, Feature

__all__ = ["FEATURES", "Feature", "build"]
