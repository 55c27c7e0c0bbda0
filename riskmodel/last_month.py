"""What a month is compared with: the run before it, or the same assessment as of a month earlier."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from riskmodel.assessment import assess
from riskmodel.errors import InputError, PolicyError
from riskmodel.exports.contents import Month
from riskmodel.exports.previous import Before, previous_run, recomputed
from riskmodel.policy import Policy
from riskmodel.standing import ManualTiers
from riskmodel.values import AsOf


def last_month(month: Month, policy: Policy, manual: ManualTiers, out: Path) -> Before | None:
    """The run before this one under `out`, else the same assessment as of a month earlier; None if nothing was known.

    The points of today then score both days, so that only the records make a difference.
    """
    assessment = month.assessment
    day = assessment.provenance.as_of.day
    found = previous_run(out, day, assessment.decided)
    if found:
        return found
    earlier = AsOf((pd.Timestamp(day) - pd.DateOffset(months=1)).date())
    try:
        then = assess(month.records, policy, as_of=earlier, manual=manual, models=assessment.models)
    except (InputError, PolicyError):  # nothing was known yet, or the policy does not reach back
        return None
    return recomputed(earlier.day, then.decided, then.provenance.policy)
