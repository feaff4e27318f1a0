"""The funnel report: how many customers each rule and cap cost each campaign."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import pandas as pd

COLUMNS = ("campaign_id", "step", "stage", "rule", "reason", "treatment_id", "decisions", "customers", "expected")
"""Columns of the table; empty texts and NaN stand for what a step does not have."""


@dataclass(frozen=True, slots=True)
class Count:
    """Decisions, and the distinct customers among them."""

    decisions: int = 0
    customers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """What a rule, a cap or another check cost."""

    stage: str
    rule: str
    reason: str
    """The commonest; of equally common ones the first seen."""
    count: Count
    other_reasons: int = 0
    """How many other reasons it gave, such as one for each channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forced:
    """Decisions that an override made: a caller's, or a pin's."""

    campaign_id: str
    reason: str
    """The caller's reason, or `pin:` with the pin's name."""
    count: Count
    refused_by: str = ""
    """Stage and rule of the hard limit that refused the campaign, so that it was not chosen; empty where it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotOffered:
    """A campaign of the catalogue that no decision was about."""

    campaign_id: str
    state: str
    """Its state now: only LIVE ones are offered by themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignFunnel:
    """One campaign on its way from being offered to being chosen. Forced decisions are not in these figures.

    Counted in decisions, offered = lost + eligible, and eligible = outdone + chosen. Distinct customers do not add up
    where a customer has several decisions.
    """

    campaign_id: str
    offered: Count
    lost: tuple[Cause, ...]
    """By stage in the funnel's order, within a stage the costliest first."""
    eligible: Count
    outdone: Count
    """Eligible, but another campaign was chosen, or the customer was held out."""
    chosen: Count
    treatments: Mapping[str, int]
    """Decisions by treatment, where the campaign has some."""
    expected: float
    """Sum of its selection probabilities: how often it was to be expected, by chance, among the eligible decisions."""
    explored: int
    """Decisions in which it was chosen although another was predicted better."""

    @property
    def explored_share(self) -> float:
        """Returns the share of its choices that were explored, 0 where there are none."""
        return self.explored / self.chosen.decisions if self.chosen.decisions else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelReport:
    """The funnels of a portfolio's campaigns."""

    portfolio_id: str
    decided: Count
    """All decisions, tests not among them."""
    results: Mapping[str, int]
    """Decisions by result."""
    deciders: Mapping[str, int]
    """Decisions by decided_by."""
    campaigns: tuple[CampaignFunnel, ...]
    """By campaign_id."""
    forced: tuple[Forced, ...]
    """By campaign_id, then by reason, then by what refused it."""
    nothing_eligible: Count
    """Decisions in which no campaign was left."""
    nothing_causes: tuple[Cause, ...]
    """In how many of these each check rejected at least one campaign, the commonest first."""
    not_offered: tuple[NotOffered, ...] = ()
    """Campaigns of the catalogue that are in no decision counted, by campaign_id."""

    def with_catalogue(self, states: Mapping[str, str]) -> FunnelReport:
        """Returns the report with the campaigns that no decision was about.

        Args:
            states: State now of each campaign of the catalogue, by campaign_id.
        """
        seen = {one.campaign_id for one in self.campaigns} | {one.campaign_id for one in self.forced}
        left = (NotOffered(campaign_id=one, state=states[one]) for one in sorted(states) if one not in seen)
        return replace(self, not_offered=tuple(left))

    def only(self, campaign_ids: tuple[str, ...]) -> FunnelReport:
        """Returns the report on some campaigns, without what stopped all of them together; on all where none is named."""
        if not campaign_ids:
            return self
        return replace(
            self,
            campaigns=tuple(one for one in self.campaigns if one.campaign_id in campaign_ids),
            nothing_causes=(),
            forced=tuple(one for one in self.forced if one.campaign_id in campaign_ids),
            not_offered=tuple(one for one in self.not_offered if one.campaign_id in campaign_ids),
        )

    def plain(self) -> dict[str, Any]:
        """Returns the report as values for JSON."""
        values = asdict(self)
        for campaign, funnel in zip(values["campaigns"], self.campaigns, strict=True):
            campaign["explored_share"] = funnel.explored_share
        return values

    def to_pandas(self) -> pd.DataFrame:
        """Returns one row per campaign and step.

        Steps are offered, lost, eligible, outdone, chosen, treatment, forced, not_offered. Columns are COLUMNS; of forced
        decisions that were refused rule says by what, and of what was not offered reason is the state. The rows of lost, in their order, and then outdone lead from offered to chosen.
        """
        rows = [row for funnel in self.campaigns for row in _rows(funnel)]
        rows += [
            _row(one.campaign_id, "forced", one.count, reason=one.reason, rule=one.refused_by) for one in self.forced
        ]
        rows += [_row(one.campaign_id, "not_offered", Count(), reason=one.state) for one in self.not_offered]
        table = pd.DataFrame(rows, columns=list(COLUMNS))
        return table.astype({"decisions": "int64", "customers": "Int64", "expected": "float64"})


def _rows(funnel: CampaignFunnel) -> Iterator[dict[str, object]]:
    campaign_id = funnel.campaign_id
    yield _row(campaign_id, "offered", funnel.offered)
    for cause in funnel.lost:
        yield _row(campaign_id, "lost", cause.count, stage=cause.stage, rule=cause.rule, reason=cause.reason)
    yield _row(campaign_id, "eligible", funnel.eligible, expected=funnel.expected)
    yield _row(campaign_id, "outdone", funnel.outdone)
    yield _row(campaign_id, "chosen", funnel.chosen)
    for treatment_id, decisions in funnel.treatments.items():
        yield {**_row(campaign_id, "treatment", Count(decisions), treatment_id=treatment_id), "customers": None}


def _row(campaign_id: str, step: str, count: Count, **more: object) -> dict[str, object]:
    texts = dict.fromkeys(("stage", "rule", "reason", "treatment_id"), "")
    counts = {"decisions": count.decisions, "customers": count.customers}
    return {"campaign_id": campaign_id, "step": step, **texts, **counts, "expected": None, **more}
