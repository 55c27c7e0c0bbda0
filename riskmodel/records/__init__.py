"""Records: exports in, accepted rows and quarantine out; what was known as of a day; windows over events."""

from riskmodel.records.known import Records
from riskmodel.records.panel import Known, Panel
from riskmodel.records.store import Store, load

__all__ = ["Known", "Panel", "Records", "Store", "load"]
