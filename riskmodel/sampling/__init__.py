"""Sampling without luck of the machine: tickets, inclusion probabilities and designs with exact theory."""
