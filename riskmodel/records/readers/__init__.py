"""Readers: any export in, the same batches of text out. `sheets` reads files, `tables` databases."""

from riskmodel.records.readers.database import is_database, tables
from riskmodel.records.readers.kinds import SUFFIXES
from riskmodel.records.readers.opening import sheets

__all__ = ["SUFFIXES", "is_database", "sheets", "tables"]
