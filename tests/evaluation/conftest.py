"""The small office, made once."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("small_office", Path(__file__).with_name("small_office.py"))
_office = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_office)


@pytest.fixture(scope="session")
def office():
    """The module that makes events, features and panels."""
    return _office


@pytest.fixture(scope="session")
def events():
    return _office.make_events()


@pytest.fixture(scope="session")
def panel(events):
    return _office.make_panel(events)
