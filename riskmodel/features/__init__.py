"""Features: declarations of what describes an enterprise, built from what was known, and the outcomes to predict."""

from riskmodel.features.build import build
from riskmodel.features.catalog import FAMILIES, FEATURES
from riskmodel.features.derive import derived
from riskmodel.features.feature import Feature

__all__ = ["FAMILIES", "FEATURES", "Feature", "build", "derived"]
