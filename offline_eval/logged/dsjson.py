"""Reads dsjson line by line: of this service, Azure Personalizer, Decision Service and stock Vowpal Wabbit.

The reward is the label's. Where a line has no label, and for lines that only observe something of an event that another
line decided, the observations are joined by event id: the first counts, as Personalizer has it by default, and an event
without any has the default reward. Events that were dropped before logging, all with one probability, change no mean; what
was dropped with another one is at fault.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import pandas as pd

from offline_eval.choices import Coded, Coder
from offline_eval.logged import left_out as kinds
from offline_eval.logged.dsjson_event import Choice, Event, EventFault, choice_of, parse_event
from offline_eval.logged.entry_faults import SINGLE_TOLERANCE, without_faults
from offline_eval.logged.left_out import LeftOut
from offline_eval.logged.logged import Entries, Integers, Logged, starts_of

BATCH_LINES = 20_000
"""Lines of a part, and so of what is held in memory at a time."""
_DECIDES = (b'"_multi"', b'"c"')
"""What only lines of decisions have."""


class DsjsonReader:
    """Makes parts of a log of the lines of a dsjson file; campaigns are numbered alike in all of them."""

    def __init__(self, lines: Callable[[], Iterable[bytes]], *, default_reward: float = 0.0) -> None:
        """Remembers where the lines are.

        Args:
            lines: Returns all lines; they are gone through twice where some only observe.
            default_reward: Reward of an event without label and observation.
        """
        self.left_out = LeftOut()
        self._lines, self._default = lines, default_reward
        self._campaigns, self._customers = Coder(), Coder()
        self._observed: dict[str, float] = {}
        self._seen: set[str] = set()
        self._kept_share: float | None = None
        self._made = 0

    def parts(self) -> Iterator[Logged]:
        """Yields a part for each BATCH_LINES lines."""
        self._observe()
        part = _Part()
        for number, line in enumerate(self._lines(), 1):
            if line.strip():
                self._add(part, number, line)
            if number % BATCH_LINES == 0:
                yield self._logged(part)
                part = _Part()
        yield self._logged(part)
        # Kept apart from broken lines: an observation is no decision, and has no choice to be biased by.
        for event_id in self._observed.keys() - self._seen:
            self.left_out.add(kinds.UNKNOWN_OBSERVATION, f"event {event_id}")

    def _observe(self) -> None:
        """Remembers what lines say that only observe."""
        for line in self._lines():
            if not line.strip() or any(mark in line for mark in _DECIDES):
                continue
            try:
                event = parse_event(line)
            except EventFault:
                continue  # counted when the lines are read
            if event.c is None and event.event_id and event.observed is not None:
                self._observed.setdefault(event.event_id, event.observed)

    def _add(self, part: _Part, number: int, line: bytes) -> None:
        place = f"line {number}"
        try:
            event = parse_event(line)
            if event.c is None and (event.observed is not None or event.action_taken):
                return
            if self._is_left_out(event, place):
                return
            choice = choice_of(event)
            self._check_kept(event, choice)
        except EventFault as fault:
            self.left_out.add(str(fault), place)
            return
        for _ in event.slots[1:]:
            self.left_out.add(kinds.FURTHER_SLOT, place)
        part.add(event, choice, self._reward(event, choice), place)

    def _is_left_out(self, event: Event, place: str) -> bool:
        if event.is_skipped:
            self.left_out.add(kinds.SKIPPED, place)
            return True
        if event.event_id in self._seen:
            self.left_out.add(kinds.DUPLICATE, place)
            return True
        if event.event_id:
            self._seen.add(event.event_id)
        return False

    def _check_kept(self, event: Event, choice: Choice) -> None:
        """Returns where an event was kept with the probability with which the first was."""
        if not math.isfinite(choice.kept_share) or not 0.0 < choice.kept_share <= 1.0 + SINGLE_TOLERANCE:
            raise EventFault(kinds.PROBABILITIES_DIFFER)
        if self._kept_share is None:
            self._kept_share = choice.kept_share
        if abs(choice.kept_share / self._kept_share - 1.0) > SINGLE_TOLERANCE:
            raise EventFault(kinds.DROPPED_OTHERWISE if event.pdrop else kinds.PROBABILITIES_DIFFER)

    def _reward(self, event: Event, choice: Choice) -> float:
        if choice.reward is not None or event.own is not None:
            return math.nan if choice.reward is None else choice.reward
        own = [float(one["v"]) for one in event.observations if isinstance(one.get("v"), int | float)]
        return own[0] if own else self._observed.get(event.event_id, self._default)

    def _logged(self, part: _Part) -> Logged:
        probability = np.array(part.probabilities, dtype=np.float64)
        reward, nothing = np.array(part.rewards, dtype=np.float64), np.full(len(part.campaigns), np.nan)
        is_choice = np.zeros(len(probability), dtype=np.bool_)
        is_choice[part.chosen] = True
        sizes = np.array(part.sizes, dtype=np.int64)
        place, sound = without_faults(
            sizes,
            is_choice,
            probability,
            reward,
            left_out=self.left_out,
            place_of=lambda row: part.places[row],
            tolerance=SINGLE_TOLERANCE,
        )
        codes = np.array([self._campaigns.code_of(one) for one in part.campaigns], dtype=np.int32)
        found = Logged(
            entries=Entries(
                start=starts_of(sizes),
                campaign=Coded(codes, self._campaigns.names),
                probability=probability,
                predicted=nothing,
                deviation=nothing,
            ),
            chosen=place,
            probability=np.minimum(probability[place], 1.0) if len(probability) else np.zeros(0),
            reward=reward,
            customer=np.array([self._customer(one) for one in part.customers], dtype=np.int32),
            time_us=_times_us(part.times),
            left_out=self.left_out.counts,
            first_left_out=self.left_out.first,
        )
        return found if sound.all() else found.where(sound)

    def _customer(self, customer_id: str) -> int:
        """Returns the number of a customer; an event that names none is one of its own."""
        self._made += 1
        return self._customers.code_of(customer_id or f" {self._made}")


class _Part:
    """Events that go to one part."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.campaigns: list[str] = []
        self.probabilities: list[float] = []
        self.chosen: list[int] = []
        self.rewards: list[float] = []
        self.customers: list[str] = []
        self.times: list[str] = []
        self.places: list[str] = []

    def add(self, event: Event, choice: Choice, reward: float, place: str) -> None:
        """Takes in an event."""
        self.chosen.append(len(self.campaigns) + choice.chosen)
        self.sizes.append(len(choice.campaigns))
        self.campaigns += choice.campaigns
        self.probabilities += choice.probabilities
        self.rewards.append(reward)
        self.customers.append("" if event.own is None else event.own.customer_id)
        self.times.append(event.time)
        self.places.append(place)


def _times_us(times: list[str]) -> Integers:
    """Returns times in microseconds since 1970, UTC where they have no zone; 0 for those that cannot be read."""
    parsed = pd.to_datetime(pd.Series(times, dtype="str"), utc=True, errors="coerce", format="ISO8601")
    micros = parsed.dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    return np.where(np.isnat(micros), 0, micros.astype(np.int64))
