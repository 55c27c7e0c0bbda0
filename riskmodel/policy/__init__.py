"""Policies as data: the model of the file, loading with citations checked, coverage of clauses, the policy's cases."""

from riskmodel.policy.coverage import clauses, coverage
from riskmodel.policy.load import builtin_policies, load_policy
from riskmodel.policy.model import Policy, Rules

__all__ = ["Policy", "Rules", "builtin_policies", "clauses", "coverage", "load_policy"]
