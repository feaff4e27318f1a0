"""Which decisions coverage leaves out, and why."""

from __future__ import annotations

from collections.abc import Mapping

from offline_eval.choices import EVALUATED_DECIDERS, Choices

TEST = "a test"
EXCLUDED = "excluded"
NOTHING_ELIGIBLE = "nothing was eligible"
UNKNOWN_PROBABILITY = "history of unknown probability"
OTHER_DECIDER = "decided by rule, force or holdout"
NOT_SENT = "not sent, or not yet"
OPEN = "outcomes are still to come"


def left_out(choices: Choices) -> Mapping[str, int]:
    """Returns how many decisions are not evaluated, by the first reason that holds; reasons without any are left out."""
    counts = {
        TEST: choices.tests,
        EXCLUDED: choices.excluded,
        UNKNOWN_PROBABILITY: choices.unknown_probability,
    }
    rest = ~choices.is_evaluated
    for reason, holds in (
        (NOTHING_ELIGIBLE, choices.result.is_name("NO_ELIGIBLE")),
        (OTHER_DECIDER, ~choices.is_chosen | ~choices.decided_by.is_name(*EVALUATED_DECIDERS)),
        (NOT_SENT, ~choices.has_window),
        (OPEN, ~choices.is_mature),
    ):
        counts[reason] = int((rest & holds).sum())
        rest = rest & ~holds
    return {reason: count for reason, count in counts.items() if count}
