"""Laws of the figure that evaluates Hillstrom's trial, on trials of its form with known effects."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from figures.hillstrom_evaluation import ARMS, hillstrom_report, personalised
from offline_eval.evaluation import Verdict


def _trial(seed: int, *, is_personal: bool) -> pd.DataFrame:
    """Returns 12,000 customers of a trial in which Men's e-mail is best for all, or for those who bought men's things."""
    rng, count = np.random.default_rng(seed), 12_000
    arm, mens = rng.integers(0, 3, count), rng.integers(0, 2, count)
    rates = (
        np.array([[0.2, 0.1, 0.15], [0.2, 0.1, 0.15]])
        if not is_personal
        else np.array([[0.1, 0.1, 0.2], [0.2, 0.1, 0.1]])
    )
    return pd.DataFrame(
        {
            "segment": np.array(ARMS)[arm],
            "mens": mens,
            "womens": 1 - mens,
            "recency": rng.integers(1, 13, count),
            "history": rng.gamma(2.0, 100.0, count),
            "history_segment": rng.choice(["low", "high"], count),
            "channel": rng.choice(["Web", "Phone"], count),
            "newbie": rng.integers(0, 2, count),
            "visit": (rng.random(count) < rates[mens, arm]).astype(float),
        }
    )


@pytest.mark.parametrize("is_personal", [False, True])
def test_personalising_is_proved_better_where_it_is_and_only_there(is_personal: bool) -> None:
    """With effects that differ every personalised policy is better than always Men's, and without them none is."""
    found = hillstrom_report(_trial(1, is_personal=is_personal), "visit")
    verdicts = {one.verdict for one in found.candidates if one.evaluated.name in personalised()}

    assert ({Verdict.BETTER} == verdicts) is is_personal
    assert (Verdict.BETTER in verdicts) is is_personal
