"""What overrides, rules and caps had a say in, and why their cost is not a number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from banditsvc.reports.funnel_report import FunnelReport
from banditsvc.reports.monday.monday_report import Cost

_MOST_RULES = 3


def override_costs(funnel: FunnelReport) -> Iterator[Cost]:
    """Yields a row for what was forced and one for each of the rules that dropped the most campaigns."""
    if funnel.forced:
        by_reason: Counter[str] = Counter()
        for one in funnel.forced:
            by_reason[one.reason or one.campaign_id] += one.count.decisions
        reasons = ", ".join(f"{reason} ({count:,})" for reason, count in by_reason.most_common(_MOST_RULES))
        yield Cost(
            name="pins and forced campaigns",
            what=f"{by_reason.total():,} decisions: {reasons}",
            estimate="cannot be told: nothing else had a chance, so there is nothing to compare with",
        )
    by_rule: Counter[tuple[str, str]] = Counter()
    for campaign in funnel.campaigns:
        for cause in campaign.lost:
            by_rule[cause.stage, cause.rule] += cause.count.decisions
    for (stage, rule), count in by_rule.most_common(_MOST_RULES):
        yield Cost(
            name=f"{rule} ({stage})",
            what=f"dropped a campaign {count:,} times",
            estimate="not estimated: what is dropped is not scored, and never tried",
        )
