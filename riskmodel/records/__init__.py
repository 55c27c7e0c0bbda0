"""Records: exports in, accepted rows and quarantine out; what was known as of a day; windows over events."""

from riskmodel.records.known import Known, Records
from riskmodel.records.store import Store, load

__all__ = ["Known", "Records", "Store", "load"]
