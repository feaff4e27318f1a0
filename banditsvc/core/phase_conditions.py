"""Phase conditions: what should be there before a portfolio goes on to its next phase.

They are advice, with numbers: a person decides, and may go on sooner.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

from banditsvc.core.phase import Phase
from banditsvc.core.times import DAY_US

LEAST_LEARNED = 1_000
"""Decisions learned from: enough to tell that outcomes come in and join."""
LEAST_DAYS = 7.0
"""A whole week, as weekdays differ; and a whole outcome window, so that decisions of the phase have settled."""
LEAST_SENDS = 100
"""Sends of a campaign in the phase: at a rate of 3 %, three responses."""
LEAST_CAMPAIGNS = 0.8
"""Share of the live campaigns that were sent so often; some have rules that few customers meet."""


class PhaseConditionKind(IntEnum):
    """What is asked; the numbers are those of the proto file."""

    LEARNED = 1
    DAYS = 2
    FEEDS = 3
    CAMPAIGNS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseFacts:
    """What there is."""

    learned_count: int
    """Decisions made here that were learned from; history says nothing of whether outcomes come in now."""
    in_phase_us: int
    window_us: int
    """Length of the outcome window."""
    feed_lags_us: Mapping[str, int | None]
    """By the name of each required feed how far its mark is behind; None where it has none."""
    grace_us: int
    sends: Mapping[str, int]
    """Sends in the phase by live campaign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseCondition:
    """One thing that is asked, and whether it is there."""

    kind: PhaseConditionKind
    value: float
    least: float
    text: str

    @property
    def is_met(self) -> bool:
        """Returns whether there is enough."""
        return self.value >= self.least


NEXT_PHASE = {Phase.OBSERVE: Phase.RANDOM_SHARE, Phase.RANDOM_SHARE: Phase.POLICY}


def conditions_of(phase: Phase, facts: PhaseFacts) -> tuple[PhaseCondition, ...]:
    """Returns what is asked before the phase after this one; nothing after POLICY."""
    if phase not in NEXT_PHASE:
        return ()
    conditions = [_learned(facts), _days(facts), *_feeds(facts)]
    if phase is Phase.RANDOM_SHARE:
        conditions += _campaigns(facts)
    return tuple(conditions)


def _learned(facts: PhaseFacts) -> PhaseCondition:
    return PhaseCondition(
        kind=PhaseConditionKind.LEARNED,
        value=facts.learned_count,
        least=LEAST_LEARNED,
        text=f"{facts.learned_count:,} of {LEAST_LEARNED:,} decisions made here learned from",
    )


def _days(facts: PhaseFacts) -> PhaseCondition:
    days, least = facts.in_phase_us / DAY_US, max(LEAST_DAYS, facts.window_us / DAY_US)
    return PhaseCondition(
        kind=PhaseConditionKind.DAYS,
        value=days,
        least=least,
        text=f"{days:,.1f} of {least:,.3g} days in the phase: a week, and an outcome window",
    )


def _feeds(facts: PhaseFacts) -> Iterator[PhaseCondition]:
    if not facts.feed_lags_us:
        return
    late = [name for name, lag_us in facts.feed_lags_us.items() if lag_us is None or lag_us > facts.grace_us]
    yield PhaseCondition(
        kind=PhaseConditionKind.FEEDS,
        value=1.0 - len(late) / len(facts.feed_lags_us),
        least=1.0,
        text=f"feeds further behind than the grace, or never marked: {', '.join(late)}"
        if late
        else "all feeds are current",
    )


def _campaigns(facts: PhaseFacts) -> Iterator[PhaseCondition]:
    if not facts.sends:
        return
    enough = sum(count >= LEAST_SENDS for count in facts.sends.values())
    yield PhaseCondition(
        kind=PhaseConditionKind.CAMPAIGNS,
        value=enough / len(facts.sends),
        least=LEAST_CAMPAIGNS,
        text=f"{enough:,} of {len(facts.sends):,} live campaigns sent at least {LEAST_SENDS} times in the phase, "
        f"{LEAST_CAMPAIGNS:.0%} are asked",
    )
