"""Exports: workbooks, notices, the report and the run folder, as the office receives them."""
