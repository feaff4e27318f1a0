"""Portfolios, campaigns and policies from files: what is wanted, how it differs, and making it so."""

from banditsvc.apply.desired import ApplyError, Desired, read_desired
from banditsvc.apply.execute import execute
from banditsvc.apply.plan import Action, Change, FieldChange, Plan, make_plan

__all__ = ["Action", "ApplyError", "Change", "Desired", "FieldChange", "Plan", "execute", "make_plan", "read_desired"]
