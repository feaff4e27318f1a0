"""Reward models for evaluation: what a campaign would have brought, by models that have not seen the customer."""

from __future__ import annotations

from offline_eval.reward_models.as_served import AsServed
from offline_eval.reward_models.folds import FOLDS, fold_of
from offline_eval.reward_models.reward_model import RewardModel
from offline_eval.reward_models.ridge import Ridge
from offline_eval.reward_models.shrunk_means import ShrunkMeans

__all__ = ["FOLDS", "AsServed", "RewardModel", "Ridge", "ShrunkMeans", "fold_of"]
