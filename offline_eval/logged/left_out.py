"""What is left out of an evaluation, counted by kind with the place of the first.

Two sorts of decisions are left out. Those that a rule leaves out, whatever came of them: tests, forced ones and the like,
by something that was fixed before the choice. And those at fault, such as a probability of 0 or a line that cannot be read:
whether a decision is at fault may depend on what was chosen and on what came of it, so that leaving out many would bias
every estimate. A few are counted and left out; more than MOST_FAULTS of the decisions that could be evaluated are refused.
A decision that comes again is no fault: it is counted once, as it came first.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from offline_eval.logged.log_refused import LogRefused
from offline_eval.logged.logged import Flags

TESTS = "test"
EXCLUDED = "excluded"
HELD_OUT = "held out"
NOTHING_ELIGIBLE = "nothing eligible"
FORCED = "forced"
FALLBACK = "fallback"
GUARDRAIL = "guardrail"
AS_USUAL = "business as usual"
PROBABILITY_UNKNOWN = "probability unknown"
NO_MIXTURE = "no mixture of groups"
NOT_SENT = "not sent"
NOT_MATURE = "not mature"
SKIPPED = "not activated, or not to be learned from"
FURTHER_SLOT = "slot after the first"

BROKEN_LINE = "line that cannot be read"
PROBABILITY_MISSING = "probability missing"
PROBABILITY_ZERO = "probability zero or below"
PROBABILITY_ABOVE_ONE = "probability above 1"
PROBABILITIES_SUM = "probabilities that do not sum to 1"
PROBABILITIES_DIFFER = "two probabilities of one choice"
REWARD_FAULT = "reward missing or not finite"
TIME_FAULT = "time missing or not readable"
LISTS_DIFFER = "lists of different lengths"
CHOICE_NOT_ELIGIBLE = "choice missing or not among the eligible"
DUPLICATE = "decision that came before"
DROPPED_OTHERWISE = "dropped with another probability"
UNKNOWN_OBSERVATION = "observation of no decision"

FAULTS = (
    BROKEN_LINE,
    PROBABILITY_MISSING,
    PROBABILITY_ZERO,
    PROBABILITY_ABOVE_ONE,
    PROBABILITIES_SUM,
    PROBABILITIES_DIFFER,
    REWARD_FAULT,
    TIME_FAULT,
    LISTS_DIFFER,
    CHOICE_NOT_ELIGIBLE,
    DROPPED_OTHERWISE,
    UNKNOWN_OBSERVATION,
)
"""Kinds that are faults; the others are left out by rule."""
MOST_FAULTS = 0.05
"""Greatest share of decisions at fault, among those that could be evaluated, with which an evaluation goes on."""


class LeftOut:
    """Counts what is left out while a log is read."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.first: dict[str, str] = {}

    def add(self, kind: str, place: str) -> None:
        """Counts one of a kind, at a place."""
        self.counts[kind] = self.counts.get(kind, 0) + 1
        self.first.setdefault(kind, place)

    def leave(self, kept: Flags, kind: str, is_of_kind: Flags, place_of: Callable[[int], str]) -> Flags:
        """Counts those of the rows still kept that are of a kind, and returns the rows kept without them."""
        leaving = kept & is_of_kind
        count = int(np.count_nonzero(leaving))
        if count:
            self.counts[kind] = self.counts.get(kind, 0) + count
            if kind not in self.first:
                self.first[kind] = place_of(int(leaving.argmax()))
        return kept & ~leaving

    def check(self, evaluated: int, log: str, most_faults: float = MOST_FAULTS) -> None:
        """Returns where an evaluation of so many decisions may go on.

        Raises:
            LogRefused: Nothing is left to evaluate, or too many decisions are at fault.
        """
        faults = {kind: self.counts[kind] for kind in FAULTS if kind in self.counts}
        at_fault = sum(faults.values())
        if at_fault > most_faults * (evaluated + at_fault):
            raise LogRefused(
                f"{log}: {at_fault:,} of {evaluated + at_fault:,} decisions are at fault, more than {most_faults:.0%} of "
                f"them: what is left of a log may not stand for the whole\n{self._lines(faults)}\n"
                "Mend the log, or leave such decisions out by something that was fixed before they were made."
            )
        if not evaluated:
            reasons = f", all of them left out\n{self._lines(self.counts)}" if self.counts else ""
            raise LogRefused(f"{log}: no decision can be evaluated{reasons}")

    def _lines(self, counts: dict[str, int]) -> str:
        return "\n".join(f"  {kind}: {count:,}, first {self.first[kind]}" for kind, count in counts.items())
