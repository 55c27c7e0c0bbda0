"""The stages of a case, what may follow what, and what people may do at which stage: the whole state machine as data.

observed → reminder_due → reminded → improving → improved | not_improved → watched → warned → answered → released;
`…_overdue` says that a deadline passed in silence (escalated); a case may also be released by repair, by hand or after
a clean span, and expires. An improved case opens again if a record of its improvement period comes late.
"""

from __future__ import annotations

from collections.abc import Mapping

# stage → stages that may follow; '' stands before a case.
FOLLOWS: Mapping[str, frozenset[str]] = {
    stage: frozenset(after.split())
    for stage, after in {
        "": "observed",
        "observed": "reminder_due released expired",
        "reminder_due": "reminded reminder_overdue released expired",
        "reminder_overdue": "reminded released expired",
        "reminded": "improving",
        "improving": "improved not_improved released",
        "improved": "not_improved",
        "not_improved": "watched",
        "watched": "warned warning_overdue released expired",
        "warning_overdue": "warned released expired",
        "warned": "answered answer_overdue released expired",
        "answer_overdue": "answered released expired",
        "answered": "released expired",
        "released": "",
        "expired": "",
    }.items()
}
STAGES = tuple(stage for stage in FOLLOWS if stage)
CLOSED = frozenset({"improved", "released", "expired"})
OPEN = frozenset(STAGES) - CLOSED
ESCALATED = frozenset({"reminder_overdue", "warning_overdue", "answer_overdue"})
# act of a person → the stage that it leads to ('' if it moves nothing)
ACTS: Mapping[str, str] = {
    "remind": "reminded", "warn": "warned", "answer": "answered", "release": "released", "note": "",
}  # fmt: skip

# acts whose departments have been told of the case
TOLD = frozenset({"warn", "note"})


def allowed(act: str, stage: str) -> bool:
    """Whether a person may do this while a case stands at a stage.

    >>> allowed("remind", "reminder_due"), allowed("remind", "watched"), allowed("note", "watched")
    (True, False, True)
    """
    return ACTS[act] in FOLLOWS[stage] if ACTS[act] else stage in OPEN


def acts_at(stage: str) -> tuple[str, ...]:
    """What a person may do at a stage."""
    return tuple(act for act in ACTS if allowed(act, stage))
