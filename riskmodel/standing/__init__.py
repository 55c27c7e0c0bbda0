"""Standing: which records count, how grave they are, and the facts about an enterprise that rules ask for."""

from riskmodel.standing.counting import counted
from riskmodel.standing.events import warning_events
from riskmodel.standing.facts import evidence, in_frame, standing
from riskmodel.standing.manual import ManualTiers, with_manual
from riskmodel.standing.ratings import read_grades
from riskmodel.standing.severity import graded

__all__ = [
    "ManualTiers",
    "in_frame",
    "with_manual",
    "counted",
    "evidence",
    "graded",
    "read_grades",
    "standing",
    "warning_events",
]
