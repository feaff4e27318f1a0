"""Laws of what overrides and rules had a say in."""

from __future__ import annotations

from banditsvc.core.rejection import FunnelStage
from banditsvc.reports.monday.override_costs import override_costs
from tests.reports.test_funnel_report import decided, outline_of_decision, tallied


def test_rules_are_told_by_how_often_they_dropped_a_campaign() -> None:
    """The rule that dropped the most campaigns comes first, over all campaigns, and no cost is claimed."""
    weekly, consent = (FunnelStage.CONTACT_POLICY, "weekly"), (FunnelStage.CONSENT, "consent")
    made = [
        decided(1, "c1", "c", {"a": weekly, "b": weekly}),
        decided(2, "c2", "c", {"a": weekly}),
        decided(3, "c3", "a", {"b": consent}),
    ]
    costs = list(override_costs(tallied(map(outline_of_decision, made))))

    assert ["weekly (CONTACT_POLICY)", "consent (CONSENT)"] == [cost.name for cost in costs]
    assert "dropped a campaign 3 times" == costs[0].what
    assert all(cost.estimate.startswith("not estimated") for cost in costs)


def test_a_week_without_overrides_and_rules_has_no_rows() -> None:
    """Where everything was open there is nothing to tell."""
    assert [] == list(override_costs(tallied([outline_of_decision(decided(1, "c1", "a", {}))])))
