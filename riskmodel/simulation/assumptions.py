"""What a simulation assumes: values with their sources, read from a file that an office can change."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from riskmodel.errors import InputError
from riskmodel.fault_words import exception_words, validation_words

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Of(_Strict):
    """Where a value comes from, and what it is."""

    source: str
    why: str


class ShareOf(Of):
    """A share."""

    value: Share


class NumberOf(Of):
    """A number that is not negative."""

    value: Positive


class BySeverity(Of):
    """A number for minor, general and serious violations."""

    value: tuple[Positive, Positive, Positive]


class SharesBySeverity(Of):
    """A share for minor, general and serious violations."""

    value: tuple[Share, Share, Share]


class Assumptions(_Strict):
    """All assumptions, as `assumptions.yaml` explains them."""

    lasts: ShareOf
    detects: SharesBySeverity
    deterred_by_visit: ShareOf
    deterred_by_finding: ShareOf
    deterred_by_leniency: ShareOf
    deterred_by_reminder: ShareOf
    deterrence_fades: ShareOf
    excitement_fades: ShareOf
    excitable_share: ShareOf
    drift_keeps: ShareOf
    drift_step: ShareOf
    complaints_times: NumberOf
    verified_times: NumberOf
    lenient_share: ShareOf
    unscheduled_a_year: ShareOf
    hours_per_visit: NumberOf
    harm: BySeverity


def read_assumptions(file: str | Path | None = None) -> Assumptions:
    """The assumptions that come with riskmodel, with those of a file instead where it names some.

    Raises
    ------
    InputError
        If the file cannot be read or a value is not allowed (RM-SIM-001).

    Examples
    --------
    >>> read_assumptions().lasts.value
    0.35
    """
    given = yaml.safe_load((files("riskmodel.simulation") / "assumptions.yaml").read_text("utf-8"))
    if file is not None:
        try:
            changed = yaml.safe_load(Path(file).read_text("utf-8"))
            given |= dict(changed or {})
        except (OSError, yaml.YAMLError, ValueError, TypeError, RecursionError) as fault:
            raise InputError("RM-SIM-001", where=str(file), found=exception_words(fault)) from fault
    try:
        made = Assumptions.model_validate(given)
    except ValidationError as faults:
        where, said = validation_words(str(file), faults)
        raise InputError("RM-SIM-001", where=where, found=said) from None
    if made.drift_step.value >= 1 - made.drift_keeps.value:
        found = f"{made.drift_step.value} (drift_keeps: {made.drift_keeps.value})"
        raise InputError("RM-SIM-001", where=f"{file}: drift_step", found=found, expected="< 1 − drift_keeps")
    return made
