"""What the tests of simulations share: a small world with every kind of movement in it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from riskmodel.simulation.world import Dynamics, World

DYNAMICS = Dynamics(
    lasts=0.35, grave=(0.3, 0.05), season=(0.9, 1.05, 1.1, 0.95), excitement_fades=0.5, deterrence_fades=0.7,
    deterred_by_visit=0.3, deterred_by_finding=0.6, deterred_by_leniency=0.4, deterred_by_reminder=0.3,
    drift_keeps=0.8, drift_step=0.1, exits_a_year=0.04, detects=(0.3, 0.6, 0.9),
)  # fmt: skip


def make(size: int = 2500, *, groups: int = 3, dynamics: Dynamics = DYNAMICS) -> World:
    rng = np.random.default_rng(5)
    ids = [f"E{number:06d}" for number in range(size)]
    rate = np.minimum(0.06 * np.exp(rng.normal(0, 1.1, size)), 0.9).astype(np.float32)
    jump = np.where(rng.random(size) < 0.3, 1.5, 0).astype(np.float32)
    enters = np.where(rng.random(size) < 0.1, rng.integers(1, 3, size), 0).astype(np.int32)
    group = np.sort(rng.integers(0, groups, size)).astype(np.int32)
    registry = pd.DataFrame({"entity_id": ids, "town": rng.choice(["北镇", "南镇"], size), "industry": "F5212"})
    return World(registry, rate, jump, enters, dynamics, group, np.full(size, 0.01, np.float32))


@pytest.fixture(scope="session")
def small_world():
    """Makes a world of so many enterprises in so many groups."""
    return make


@pytest.fixture(scope="session")
def still():
    """The same dynamics without drift, deterrence and exits: what happens can be computed with a pencil."""
    return replace(
        DYNAMICS, deterred_by_visit=0.0, deterred_by_finding=0.0, deterred_by_leniency=0.0, deterred_by_reminder=0.0,
        drift_step=0.0, exits_a_year=0.0,
    )  # fmt: skip
