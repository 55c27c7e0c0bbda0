"""riskmodel: differentiated, risk-based and verifiable inspection for district credit supervision.

The public names are bound on first use, so that importing riskmodel loads neither pandas nor MLflow.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from riskmodel.values import VERSION as __version__

_PLACES = {
    "AsOf": "riskmodel.values",
    "Assessment": "riskmodel.assessment",
    "Casebook": "riskmodel.warning.casebook",
    "Draw": "riskmodel.inspections.draw",
    "Plan": "riskmodel.inspections.plan",
    "Policy": "riskmodel.policy.model",
    "Proof": "riskmodel.inspections.proof",
    "Records": "riskmodel.records.known",
    "RiskModelError": "riskmodel.errors",
    "RiskTier": "riskmodel.values",
    "CreditGrade": "riskmodel.values",
    "Severity": "riskmodel.values",
    "Store": "riskmodel.records.store",
    "assess": "riskmodel.assessment",
    "builtin_policies": "riskmodel.policy.load",
    "estimate": "riskmodel.inspections.estimate",
    "load": "riskmodel.records.store",
    "load_policy": "riskmodel.policy.load",
    "plan_inspections": "riskmodel.workflow",
    "review": "riskmodel.workflow",
    "run": "riskmodel.workflow",
    "simulate": "riskmodel.studies",
    "take_results": "riskmodel.inspections.results",
    "verify": "riskmodel.inspections.proof",
}
__all__ = ["__version__", *_PLACES]

if TYPE_CHECKING:
    from riskmodel.assessment import Assessment as Assessment
    from riskmodel.assessment import assess as assess
    from riskmodel.errors import RiskModelError as RiskModelError
    from riskmodel.inspections.draw import Draw as Draw
    from riskmodel.inspections.estimate import estimate as estimate
    from riskmodel.inspections.plan import Plan as Plan
    from riskmodel.inspections.proof import Proof as Proof
    from riskmodel.inspections.proof import verify as verify
    from riskmodel.inspections.results import take_results as take_results
    from riskmodel.policy.load import builtin_policies as builtin_policies
    from riskmodel.policy.load import load_policy as load_policy
    from riskmodel.policy.model import Policy as Policy
    from riskmodel.records.known import Records as Records
    from riskmodel.records.store import Store as Store
    from riskmodel.records.store import load as load
    from riskmodel.studies import simulate as simulate
    from riskmodel.values import AsOf as AsOf
    from riskmodel.values import CreditGrade as CreditGrade
    from riskmodel.values import RiskTier as RiskTier
    from riskmodel.values import Severity as Severity
    from riskmodel.warning.casebook import Casebook as Casebook
    from riskmodel.workflow import plan_inspections as plan_inspections
    from riskmodel.workflow import review as review
    from riskmodel.workflow import run as run


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module 'riskmodel' has no attribute {name!r}")
    value = getattr(import_module(_PLACES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
