"""Guardrail counters: how often what is limited came about since counting began."""

from __future__ import annotations

from math import log

from banditsvc.core.exceedance import Exceedance
from banditsvc.core.guardrail_reading import CountStart, GuardrailReading, Seen
from banditsvc.core.guardrail_spec import Guardrail
from banditsvc.core.times import DAY_US


class GuardrailCounter:
    """Counts for one guardrail but the silence, in days of log time since counting began.

    What is watched is a mean that must not exceed a limit. Entropy, which must not fall below one, is turned around: what
    is counted is 1 less the entropy, against 1 less its limit.
    """

    def __init__(self, guardrail: Guardrail, start: CountStart) -> None:
        self.guardrail = guardrail
        self.start = start
        self._is_floor = guardrail is Guardrail.ENTROPY
        self._exceedance = Exceedance(1.0 - start.limit if self._is_floor else start.limit)

    def count(self, position: int, time_us: int, value: float) -> None:
        """Counts a contact or decision: 1 for what is limited, else 0, or an entropy.

        Args:
            position: Of the decision. One from before counting began is passed over, here and in all that follows.
            time_us: When it came to count. The same is to be given in all that follows.
            value: From 0 to 1.
        """
        self._add(position, time_us, 1, 1.0 - value if self._is_floor else value)

    def restate(self, position: int, time_us: int) -> None:
        """Counts 1 for one that was counted as 0."""
        self._add(position, time_us, 0, 1.0)

    def take_back(self, position: int, time_us: int, value: float) -> None:
        """Takes back one that turns out not to count."""
        self._add(position, time_us, -1, -value)

    def reading(self, false_alarm_chance: float) -> GuardrailReading:
        """Returns what was counted, and the evidence: its logarithm over that of 1 / false_alarm_chance."""
        counted, start_us = self._exceedance, self.start.time_us
        stretch = counted.strongest_stretch()
        until_us = None if stretch.last_day == counted.last_day else start_us + (stretch.last_day + 1) * DAY_US
        return GuardrailReading(
            guardrail=self.guardrail,
            start=self.start,
            seen=self._seen(start_us, counted.count, counted.total),
            evidence=counted.log_evidence() / log(1.0 / false_alarm_chance),
            strongest=self._seen(start_us + stretch.first_day * DAY_US, stretch.count, stretch.total, until_us),
        )

    def _seen(self, since_us: int, count: int, total: float, until_us: int | None = None) -> Seen | None:
        if not count:
            return None
        mean = total / count
        observed = 1.0 - mean if self._is_floor else mean
        return Seen(since_us=since_us, observed=observed, count=count, until_us=until_us)

    def _add(self, position: int, time_us: int, count: int, total: float) -> None:
        if position > self.start.position:
            self._exceedance.add((time_us - self.start.time_us) // DAY_US, count, total)
