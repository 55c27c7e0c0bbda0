"""Scoring: transparent scorecards, calibrated probabilities, reasons and metrics; knows no enterprise and no policy."""
