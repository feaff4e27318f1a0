"""Settings from files: what is wanted, how it differs, and making it so, all at once."""

from banditsvc.apply.desired import ApplyError, Desired, DesiredPortfolio, read_desired
from banditsvc.apply.difference import FieldChange
from banditsvc.apply.execute import Checked, check, execute
from banditsvc.apply.plan import Action, Change, Plan
from banditsvc.apply.planning import make_plan

__all__ = [
    "Action",
    "ApplyError",
    "Change",
    "Checked",
    "Desired",
    "DesiredPortfolio",
    "FieldChange",
    "Plan",
    "check",
    "execute",
    "make_plan",
    "read_desired",
]
