"""Fading clock: how much what comes now counts beside what came at the start."""

from __future__ import annotations

import msgspec

from banditsvc.core.portfolio import TrainSpec

PART = 256
"""Decisions between two times at which what was learned fades by count."""


class FadingClock(msgspec.Struct):
    """A clock that is moved on by decisions. It depends on nothing but them, so going through the same ones again, in
    the same order, gives the same times.
    """

    count: int = 0
    last_day: int | None = None
    """Latest day of a sending."""
    half_lives: float = 0.0
    """Half-lives since the start: what comes now counts 2**half_lives beside what came then."""

    def tick(self, day: int, train: TrainSpec) -> float:
        """Moves on to the next decision, sent on a day; returns by how many half-lives what came before has faded."""
        passed = 0.0
        if train.half_life_decisions is not None and self.count and self.count % PART == 0:
            passed = PART / train.half_life_decisions
        if self.last_day is None or day > self.last_day:
            if train.half_life_days is not None and self.last_day is not None:
                passed += (day - self.last_day) / train.half_life_days
            self.last_day = day
        self.count += 1
        self.half_lives += passed
        return passed
