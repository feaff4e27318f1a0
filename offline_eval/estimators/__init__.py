"""Estimators of what a policy is worth, from decisions that another one made."""

from __future__ import annotations

from offline_eval.estimators.sample import Sample

__all__ = ["Sample"]
