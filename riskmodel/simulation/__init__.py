"""Simulation: what a policy would do before anyone adopts it, in a world whose truth is known."""
