"""Guardrail readings: what each guardrail has seen, how strong it speaks of a breach, and that in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from banditsvc.core.guardrail_spec import Guardrail
from banditsvc.core.times import DAY_US, SECOND_US

_SHARES = {
    Guardrail.UNSUBSCRIBE_RATE: "{} of {} contacts ({}) were followed by an unsubscribe",
    Guardrail.COMPLAINT_RATE: "{} of {} contacts ({}) were followed by a complaint",
    Guardrail.FALLBACK_SHARE: "{} of {} decisions ({}) fell back to business as usual",
}
_SPANS = ((DAY_US // SECOND_US, "day"), (3600, "hour"), (60, "minute"))


@dataclass(frozen=True, slots=True)
class CountStart:
    """Since when a guardrail counts: since it has its limit, or since the portfolio was turned back to its policy."""

    limit: float
    """A rate, a share, an entropy or seconds."""
    position: int
    """Of the record in the log after which it counts."""
    time_us: int
    """When that was recorded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen over some time: of the silence its length in seconds, else the mean and what it is the mean of."""

    since_us: int
    observed: float
    count: int = 0
    until_us: int | None = None
    """None: up to now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardrailReading:
    """What one guardrail reads."""

    guardrail: Guardrail
    start: CountStart
    seen: Seen | None
    """Since counting began; None where nothing was seen yet."""
    evidence: float
    """The strongest that the evidence of a breach has been, from 0; at 1 it trips."""
    strongest: Seen | None = None
    """Over the time that speaks most for a breach; None where nothing was seen yet."""

    @property
    def is_breached(self) -> bool:
        """Whether the guardrail trips."""
        return self.evidence >= 1.0

    def text(self) -> str:
        """Returns what was seen in the time that speaks most for a breach, and what the limit is."""
        limit, seen = self.start.limit, self.strongest
        if seen is None:
            return f"nothing was seen yet; the limit is {limit:g}"
        since = f"since {_moment(seen.since_us)}"
        if seen.until_us is not None:
            since = f"from {_moment(seen.since_us)} to {_moment(seen.until_us)}"
        if self.guardrail is Guardrail.SILENCE:
            return (
                f"no outcome and no feed mark came for {_span(seen.observed)} {since} while contacts went out; "
                f"the limit is {_span(limit)}"
            )
        if self.guardrail is Guardrail.ENTROPY:
            return (
                f"the mean entropy of {seen.count:,} decisions was {seen.observed:.3g} {since}; "
                f"the least allowed is {limit:g}"
            )
        ones = round(seen.observed * seen.count)
        share = _SHARES[self.guardrail].format(f"{ones:,}", f"{seen.count:,}", _percent(seen.observed))
        return f"{share} {since}; the limit is {_percent(limit)}"


def _moment(time_us: int) -> str:
    return f"{datetime.fromtimestamp(time_us // SECOND_US, UTC):%Y-%m-%d %H:%M} UTC"


def _percent(share: float) -> str:
    return f"{100.0 * share:.3g} %"


def _span(seconds: float) -> str:
    for length, name in _SPANS:
        if seconds >= 2 * length:
            return f"{seconds / length:.3g} {name}s"
    return f"{seconds:.3g} seconds"
