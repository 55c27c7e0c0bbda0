"""Honest evaluation over time: splits, backtests, audits, reordering, stability, regret and fairness."""
