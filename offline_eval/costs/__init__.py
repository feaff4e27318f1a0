"""Costs and gains of a week: what exploration and levers cost, what overrides and rules did, what was learned."""

from __future__ import annotations

from offline_eval.costs.exploration_cost import ExplorationCost, exploration_cost
from offline_eval.costs.family_learning import FamilyLearning, Standing, Verdict, family_learning
from offline_eval.costs.lever_cost import LeverCost, lever_cost
from offline_eval.costs.overrides import Override, overrides
from offline_eval.costs.rule_losses import RuleLoss, rule_losses

__all__ = [
    "ExplorationCost",
    "FamilyLearning",
    "LeverCost",
    "Override",
    "RuleLoss",
    "Standing",
    "Verdict",
    "exploration_cost",
    "family_learning",
    "lever_cost",
    "overrides",
    "rule_losses",
]
