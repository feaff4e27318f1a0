"""The funnel tally: counts decisions one by one, so that a log of any length can be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from banditsvc.core.campaign import NO_CONTACT
from banditsvc.core.decision import DecidedBy, Result
from banditsvc.core.rejection import FunnelStage, Rejection
from banditsvc.reports.decision_outline import DecisionOutline
from banditsvc.reports.funnel_report import CampaignFunnel, Cause, Count, Forced, FunnelReport

_Check = tuple[FunnelStage, str]
"""Stage and rule."""


class FunnelTally:
    """Counts decisions by campaign and check.

    Takes memory for each customer once, and a bit per customer for each campaign and check.
    """

    def __init__(self, portfolio_id: str) -> None:
        self._portfolio_id = portfolio_id
        self._places: dict[str, int] = {}
        """Number of each customer."""
        self._decided = _Seen()
        self._nothing = _Seen()
        self._results: Counter[str] = Counter()
        self._deciders: Counter[str] = Counter()
        self._campaigns: dict[str, _CampaignTally] = {}
        self._forced: dict[tuple[str, str, str], _Seen] = {}
        self._nothing_causes: dict[_Check, _Seen] = {}
        self._reasons: dict[_Check, Counter[str]] = {}

    def add(self, decision: DecisionOutline) -> None:
        """Counts one decision, which is no test."""
        customer = self._places.setdefault(decision.customer_id, len(self._places))
        self._decided.add(customer)
        self._results[decision.result.name] += 1
        self._deciders[decision.decided_by.name] += 1
        if decision.decided_by is DecidedBy.FORCED:
            self._forced.setdefault(_override(decision), _Seen()).add(customer)
            return
        if decision.result is Result.HELD_OUT:
            # What is logged beside it is what the ghost was chosen from: no rule and no cap has cost anybody anything.
            return
        for rejection in decision.rejections:
            self._campaign(rejection.campaign_id).reject(rejection, customer)
        for campaign_id, share in decision.shares.items():
            self._campaign(campaign_id).keep(decision, campaign_id, share, customer)
        if decision.result is Result.NO_ELIGIBLE:
            self._nothing.add(customer)
            # NO_CONTACT is no campaign to fall back on: it drops out because the others did.
            dropped = [one for one in decision.rejections if one.campaign_id != NO_CONTACT]
            for stage, rule, reason in {(one.stage, one.rule, one.reason): None for one in dropped}:
                self._reasons.setdefault((stage, rule), Counter())[reason] += 1
            for check in {(one.stage, one.rule): None for one in dropped}:
                self._nothing_causes.setdefault(check, _Seen()).add(customer)

    def report(self) -> FunnelReport:
        """Returns what has been counted so far."""
        forced = sorted(self._forced.items())
        causes = _causes(self._nothing_causes, self._reasons)
        return FunnelReport(
            portfolio_id=self._portfolio_id,
            decided=self._decided.count(),
            results=dict(sorted(self._results.items())),
            deciders=dict(sorted(self._deciders.items())),
            campaigns=tuple(tally.funnel(campaign_id) for campaign_id, tally in sorted(self._campaigns.items())),
            forced=tuple(
                Forced(campaign_id=one, reason=why, count=seen.count(), refused_by=refused)
                for (one, why, refused), seen in forced
            ),
            nothing_eligible=self._nothing.count(),
            nothing_causes=tuple(sorted(causes, key=lambda cause: -cause.count.decisions)),
        )

    def _campaign(self, campaign_id: str) -> _CampaignTally:
        tally = self._campaigns.get(campaign_id)
        if tally is None:
            tally = self._campaigns[campaign_id] = _CampaignTally()
        return tally


class _CampaignTally:
    """Counts what became of one campaign."""

    def __init__(self) -> None:
        self.offered = _Seen()
        self.eligible = _Seen()
        self.outdone = _Seen()
        self.chosen = _Seen()
        self.lost: dict[_Check, _Seen] = {}
        self.reasons: dict[_Check, Counter[str]] = {}
        self.treatments: Counter[str] = Counter()
        self.expected = 0.0
        self.explored = 0

    def reject(self, rejection: Rejection, customer: int) -> None:
        """Counts that the funnel dropped it."""
        check = (rejection.stage, rejection.rule)
        lost = self.lost.get(check)
        if lost is None:
            lost = self.lost[check] = _Seen()
            self.reasons[check] = Counter()
        self.reasons[check][rejection.reason] += 1
        lost.add(customer)
        self.offered.add(customer)

    def keep(self, decision: DecisionOutline, campaign_id: str, share: float, customer: int) -> None:
        """Counts that it was eligible, with this selection probability."""
        self.offered.add(customer)
        self.eligible.add(customer)
        self.expected += share
        if decision.campaign_id != campaign_id:
            self.outdone.add(customer)
            return
        self.chosen.add(customer)
        self.explored += decision.explored
        if decision.treatment_id:
            self.treatments[decision.treatment_id] += 1

    def funnel(self, campaign_id: str) -> CampaignFunnel:
        """Returns what has been counted so far."""
        return CampaignFunnel(
            campaign_id=campaign_id,
            offered=self.offered.count(),
            lost=_causes(self.lost, self.reasons),
            eligible=self.eligible.count(),
            outdone=self.outdone.count(),
            chosen=self.chosen.count(),
            treatments=dict(sorted(self.treatments.items())),
            expected=self.expected,
            explored=self.explored,
        )


class _Seen:
    """Decisions, and which customers they are of: one bit each."""

    __slots__ = ("_bits", "_decisions")

    def __init__(self) -> None:
        self._decisions = 0
        self._bits = bytearray()

    def add(self, customer: int) -> None:
        """Counts a decision of a customer, by its number."""
        self._decisions += 1
        place = customer >> 3
        if place >= len(self._bits):
            self._bits.extend(bytes(place + 1 - len(self._bits) + (place >> 2)))
        self._bits[place] |= 1 << (customer & 7)

    def count(self) -> Count:
        """Returns how many there are."""
        return Count(self._decisions, int.from_bytes(self._bits, "little").bit_count())


def _override(decision: DecisionOutline) -> tuple[str, str, str]:
    """Returns what a forced decision was about: the campaign asked for, the reason, and what refused it, if anything."""
    for rejection in () if decision.campaign_id else decision.rejections:
        return rejection.campaign_id, decision.force_reason, f"{rejection.stage.name} {rejection.rule}"
    return decision.campaign_id, decision.force_reason, ""


def _causes(seen: Mapping[_Check, _Seen], reasons: Mapping[_Check, Counter[str]]) -> tuple[Cause, ...]:
    """Returns the causes by stage, within a stage the costliest first, then by rule."""
    counted = [(stage, rule, found.count()) for (stage, rule), found in seen.items()]
    counted.sort(key=lambda one: (one[0], -one[2].decisions, one[1]))
    return tuple(_cause(stage, rule, count, reasons[stage, rule]) for stage, rule, count in counted)


def _cause(stage: FunnelStage, rule: str, count: Count, reasons: Counter[str]) -> Cause:
    [(reason, _)] = reasons.most_common(1)
    return Cause(stage=stage.name, rule=rule, reason=reason, count=count, other_reasons=len(reasons) - 1)
