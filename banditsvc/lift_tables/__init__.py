"""Tables that lift is computed from, read from the log: who was enrolled in which group, and what was ordered.

A log is read in pages, in two passes: outcomes, to know which decisions they name, then enrollments and decisions. What
stays in memory is some hundred bytes for each customer and each order.
"""

from banditsvc.lift_tables.completeness import Complete, complete_through
from banditsvc.lift_tables.enrolled import Enrolled, EnrolledBook
from banditsvc.lift_tables.entry_slices import SLICES
from banditsvc.lift_tables.read_tables import LiftTables, read_tables
from banditsvc.lift_tables.scope import LiftScope, organization_scope, portfolio_scope

__all__ = [
    "SLICES",
    "Complete",
    "Enrolled",
    "EnrolledBook",
    "LiftScope",
    "LiftTables",
    "complete_through",
    "organization_scope",
    "portfolio_scope",
    "read_tables",
]
