"""When a model may take the place of the one in force, as a policy file says it."""

from __future__ import annotations

from dataclasses import dataclass

from riskmodel.policy.provision import Local, Provision


class PromotionFile(Provision):
    """Bounds of calibration and fairness, and how large a group must be before it is judged on its own."""

    calibrated_within: Local[float]
    selection_ratio_at_least: Local[float]
    selection_ratio_at_most: Local[float]
    group_rows: Local[int]
    group_problems: Local[int]


@dataclass(frozen=True)
class PromotionRules:
    """The bounds in force.

    Attributes
    ----------
    calibrated_within : float
        How far the mean prediction may lie from the observed share, as a part of it.
    selection_ratio_at_least, selection_ratio_at_most : float
        Share of a group on a model's list over that of all others.
    group_rows, group_problems : int
        Rows and labelled problems below which a group is counted with others.
    """

    calibrated_within: float
    selection_ratio_at_least: float
    selection_ratio_at_most: float
    group_rows: int
    group_problems: int


def promotion_rules(file: PromotionFile) -> PromotionRules:
    """The rules of a file."""
    return PromotionRules(
        file.calibrated_within.value, file.selection_ratio_at_least.value, file.selection_ratio_at_most.value,
        file.group_rows.value, file.group_problems.value,
    )  # fmt: skip
