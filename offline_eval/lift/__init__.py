"""Lift: what one assignment group earned over another, from outcomes of customers."""

from __future__ import annotations

from offline_eval.lift.customer_table import ENROLLED, NEVER, ORDERS, CustomerTable, LeftOut, customer_table
from offline_eval.lift.estimate import Conclusion, Estimate, Metric, Population
from offline_eval.lift.frame import lift_frame, plain
from offline_eval.lift.group_summary import GroupSummary
from offline_eval.lift.lift_path import lift_path
from offline_eval.lift.ranking import RankedSlice, ranked_slices
from offline_eval.lift.report import LiftReport, lift_report
from offline_eval.lift.sample_ratio import SampleRatio, sample_ratio
from offline_eval.lift.sample_size import Needed, needed_customers
from offline_eval.lift.settings import LiftSettings
from offline_eval.lift.sure_things import SureThings

__all__ = [
    "ENROLLED",
    "NEVER",
    "ORDERS",
    "Conclusion",
    "CustomerTable",
    "Estimate",
    "GroupSummary",
    "LeftOut",
    "LiftReport",
    "LiftSettings",
    "Metric",
    "Needed",
    "Population",
    "RankedSlice",
    "SampleRatio",
    "SureThings",
    "customer_table",
    "lift_frame",
    "lift_path",
    "lift_report",
    "needed_customers",
    "plain",
    "ranked_slices",
    "sample_ratio",
]
