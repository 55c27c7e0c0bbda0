"""Records: exports in, accepted rows and quarantine out; what was known as of a day; windows over events."""

from riskmodel.records.store import Known, Records, load

__all__ = ["Known", "Records", "load"]
