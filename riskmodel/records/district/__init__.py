"""A synthetic district: hidden process, what an office comes to know, and its exports with planted dirt."""

from riskmodel.records.district.export import DistrictSummary, generate

__all__ = ["DistrictSummary", "generate"]
