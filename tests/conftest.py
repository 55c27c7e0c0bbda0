"""What several rooms test with: the sample district, read and decided once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "data/sample"
SHARED = ROOT.parent / "shared/data"


# Commands speak the language of the machine; the tests read Chinese.
os.environ["LC_ALL"] = "C.UTF-8"
# Programs that tests start keep what they compile; without that each compiles its libraries again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
_TRACKING = os.environ.get("MLFLOW_TRACKING_URI")


@pytest.fixture(autouse=True)
def tracking_is_left_as_it_was_found() -> Iterator[None]:
    """MLflow writes the variable itself; programs that a later test starts would follow it."""
    yield
    os.environ.pop("MLFLOW_TRACKING_URI", None)
    if _TRACKING is not None:
        os.environ["MLFLOW_TRACKING_URI"] = _TRACKING


@pytest.fixture(scope="session")
def sample() -> Path:
    return SAMPLE


@pytest.fixture(scope="session")
def sample_records():
    from riskmodel.records import load

    return load(SAMPLE)


@pytest.fixture(scope="session")
def sample_assessment(sample_records):
    from riskmodel.assessment import assess
    from riskmodel.policy import load_policy

    return assess(sample_records, load_policy("zhoucun-2020"), as_of="2025-06-30")


@pytest.fixture(scope="session")
def chicago() -> Path:
    folder = SHARED / "chicago"
    if not folder.is_dir():
        pytest.skip("the public records of Chicago are not beside the project (shared/data/chicago)")
    return folder
