"""The catalogue of features by family: each declared once, with its meaning, unit, expected sign, window and sentence.

No event counts before it was known. Features are read from the records that count under the policy, where the caller
gives those (`riskmodel.standing.counted`).
"""

from __future__ import annotations

from collections.abc import Mapping

from riskmodel.features.families.conduct import COMPLAINTS, LISTINGS
from riskmodel.features.families.entity import BASICS, COMMITMENTS, MISSING, STANDING
from riskmodel.features.families.inspections import CONTEXT, INSPECTIONS
from riskmodel.features.families.penalties import PENALTIES
from riskmodel.features.feature import Feature
from riskmodel.records.windows import Attribute, Declaration, GroupShare

# (Chinese, English) name → features.
FAMILIES: Mapping[tuple[str, str], tuple[Feature, ...]] = {
    ("行政处罚", "penalties"): PENALTIES,
    ("经营异常名录", "abnormal listings"): LISTINGS,
    ("投诉举报", "complaints and reports"): COMPLAINTS,
    ("检查", "inspections"): INSPECTIONS,
    ("地区与行业", "context"): CONTEXT,
    ("企业基本情况", "the enterprise"): BASICS,
    ("信用评价与名单", "ratings and lists"): STANDING,
    ("信用承诺与修复", "commitments and repairs"): COMMITMENTS,
    ("信息缺失", "missing information"): MISSING,
}
FEATURES: Mapping[str, Feature] = {f.name: f for family in FAMILIES.values() for f in family}
DECLARED: Mapping[str, Declaration] = {name: feature.how for name, feature in FEATURES.items()}

__all__ = ["DECLARED", "FAMILIES", "FEATURES", "Attribute", "Feature", "GroupShare"]
