"""The executors that the examples run on; one that is not there is skipped, and the reason is said."""

from __future__ import annotations

import importlib.util
import shutil

import pytest

ENGINES = ("local", "duckdb", pytest.param("spark", marks=pytest.mark.slow))
_MODULES = {"local": "local", "duckdb": "portable", "spark": "spark"}


@pytest.fixture(params=ENGINES)
def engine(request) -> str:
    if importlib.util.find_spec(f"riskmodel.records.windows.{_MODULES[request.param]}") is None:
        pytest.skip(f"the executor {request.param} is not there")
    if request.param == "spark" and importlib.util.find_spec("pyspark") is None:
        pytest.skip("pyspark is not installed (pip install 'riskmodel[spark]')")
    if request.param == "spark" and shutil.which("java") is None:
        pytest.skip("Spark needs Java")
    return request.param
