"""Reports on decisions. `funnel_of_log("data", "shop").to_pandas()` is where to start."""

from banditsvc.reports.decision_outline import DecisionOutline, outline_of_decision, outline_of_message
from banditsvc.reports.funnel_report import CampaignFunnel, Cause, Count, Forced, FunnelReport, NotOffered
from banditsvc.reports.funnel_tally import FunnelTally
from banditsvc.reports.log_funnel import funnel_of_log

__all__ = [
    "CampaignFunnel",
    "Cause",
    "Count",
    "DecisionOutline",
    "Forced",
    "FunnelReport",
    "FunnelTally",
    "NotOffered",
    "funnel_of_log",
    "outline_of_decision",
    "outline_of_message",
]
