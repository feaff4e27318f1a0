"""Worlds fitted to two real trials: whether simulating them gives back what the trials found."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from figures.page import Page, Table
from figures.run import Track, main
from figures.trial_data import trial_file
from simulators.column_map import load_column_map
from simulators.fit.fit import Fit, fit_world
from simulators.fit.trial_rows import trial_rows
from simulators.runs.contexts import Contexts
from simulators.runs.policy import Eligible
from simulators.runs.simulate import simulate
from simulators.trial import load_trial

NAME = "fitted_worlds"
REWARDS = (
    ("hillstrom", "visit"),
    ("hillstrom", "conversion"),
    ("hillstrom", "spend"),
    ("charitable", "gave"),
    ("charitable", "amount"),
)
SEEDS, SHORT_SEEDS = 20, 2


class _Always:
    """Sends one campaign to everybody."""

    def __init__(self, campaign_id: str) -> None:
        self._campaign_id = campaign_id

    def pmf(self, contexts: Contexts, eligible: Eligible) -> NDArray[np.float64]:
        """Returns 1 for that campaign."""
        del contexts
        pmf = np.zeros(eligible.mask.shape)
        pmf[:, eligible.campaign_ids.index(self._campaign_id)] = 1.0
        return pmf


def measure(*, short: bool, track: Track) -> Page:
    """Returns simulated and observed means of each arm, and what the held-out rows say, with 20 seeds; short with 2."""
    seeds = SHORT_SEEDS if short else SEEDS
    means: list[tuple[str, ...]] = []
    verdicts: list[tuple[str, ...]] = []
    worst = 0.0
    for number, (trial, reward) in enumerate(REWARDS):
        fit = fit_world(f"{trial}-{reward}", trial_rows(load_trial(trial_file(trial), load_column_map(trial), reward)))
        for row, gap in _arms(trial, reward, fit, seeds):
            means.append(row)
            worst = max(worst, gap)
        verdicts.append(_verdict(trial, reward, fit))
        track(number + 1, len(REWARDS))
    return Page(
        title="Worlds fitted to real trials",
        shows=(
            "`banditsvc simulate fit` makes a world of a randomised trial: chances of a response by campaign and context, "
            "order values, and what customers do without contact. Each arm is then simulated as the only policy, for as "
            "many decisions a seed as the trial has rows. A mean reward is that of settled decisions, as a policy learns "
            "it; it should be the trial's, to within a standard error of the trial's mean. Below, a fit to a random 80 % of "
            "the rows is judged on the other 20 %, beside a model that knows the means of the arms alone."
        ),
        scale=f"{seeds} seeds of each arm and reward.",
        tables=(
            Table(
                headers=(
                    "trial",
                    "reward",
                    "arm",
                    "trial's mean",
                    "standard error",
                    "simulated",
                    "difference in standard errors",
                ),
                rows=means,
                caption="Mean reward per customer:",
            ),
            Table(
                headers=(
                    *("trial", "reward", "held-out rows", "p of the deciles", "Brier", "of the means"),
                    *("log loss", "of the means", "gain (standard error)", "campaigns differ in whom they suit"),
                ),
                rows=verdicts,
                caption="On rows that the fit had not seen:",
            ),
        ),
        verdict=(
            f"The greatest difference is {worst:.2f} standard errors of the trial's mean: "
            + (
                "every arm's mean is reproduced."
                if worst <= 1.0
                else "**not every arm's mean is reproduced to within one.**"
            )
        ),
    )


def _arms(trial: str, reward: str, fit: Fit, seeds: int) -> Iterator[tuple[tuple[str, ...], float]]:
    rows = fit.rows
    for arm, campaign_id in enumerate(rows.campaign_ids):
        own = rows.rewards[rows.arms == arm]
        error = float(own.std(ddof=1) / np.sqrt(len(own)))
        frames = simulate(
            fit.world, {campaign_id: _Always(campaign_id)}, seeds=range(1, seeds + 1), keep_decisions=True
        )
        simulated = float(frames.decisions["reward"].dropna().mean())
        gap = (simulated - float(own.mean())) / error
        texts = (f"{own.mean():.5f}", f"{error:.5f}", f"{simulated:.5f}", f"{gap:+.2f}")
        yield (trial, reward, campaign_id, *texts), abs(gap)


def _verdict(trial: str, reward: str, fit: Fit) -> tuple[str, ...]:
    found = fit.calibration
    return (
        trial,
        reward,
        f"{found.rows:,}",
        f"{found.decile_p:.2f}",
        f"{found.brier:.5f}",
        f"{found.brier_of_means:.5f}",
        f"{found.log_loss:.5f}",
        f"{found.log_loss_of_means:.5f}",
        f"{found.log_loss_gain:.5f} ({found.log_loss_gain_error:.5f})",
        "yes" if fit.model.differences.in_whom_they_suit else "not shown",
    )


if __name__ == "__main__":
    main(NAME, measure)
