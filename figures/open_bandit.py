"""The Open Bandit sample: what a log of random choices says of the policy that chose in another, beside obp."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np

from benchmarks.peers import ROOT, run_peers
from figures.page import Page, Table
from figures.run import Track, main
from offline_eval.choices import Coded
from offline_eval.estimators import (
    FIRST_ROW,
    SETTINGS,
    EmpiricalLikelihood,
    Estimator,
    Evidence,
    ShrunkDr,
    SwitchDr,
    choose_by_slope,
    evidence_of,
    point_estimates,
    sample_of,
)
from offline_eval.intervals import Floats
from offline_eval.logged import Entries, Logged
from offline_eval.logged.logged import starts_of
from offline_eval.reward_models import RewardModel, Ridge, ShrunkMeans

NAME = "open_bandit"
TUNED: dict[str, Sequence[SwitchDr | ShrunkDr]] = {
    "switch-dr": [SwitchDr(limit) for limit in SETTINGS],
    "dr-os": [ShrunkDr(strength) for strength in SETTINGS],
}
PEER_NAMES = {"IPS": "ipw", "SNIPS": "snipw", "DM": "dm", "DR": "dr", "SNDR": "sndr"}
NEAR = 0.1


@dataclass(frozen=True, slots=True)
class _Given:
    """A model whose predictions are known."""

    values: Floats

    def predicted(self, logged: Logged) -> Floats:
        """Returns the prediction of each entry."""
        assert len(self.values) == len(logged.entries)
        return self.values


def measure(*, short: bool, track: Track) -> Page:  # noqa: ARG001 - the sample is small: both forms are the same
    """Returns our estimates beside obp's, by its reward model and by our own."""
    path = ROOT / "build" / "open_bandit.npz"
    path.parent.mkdir(exist_ok=True)
    peer = json.loads(run_peers("figures.open_bandit_peer", path))
    track(1, 2)
    logged, target, modeled = _read(path)
    models: dict[str, RewardModel] = {
        "obp's logistic regression": _Given(modeled),
        "ridge on the customer's features": Ridge.of(logged),
        "shrunken means by campaign": ShrunkMeans.of(logged),
        "shrunken means by campaign and position": ShrunkMeans.of(logged, ("position",)),
    }
    kinds: list[Estimator] = [*FIRST_ROW, *chain.from_iterable(TUNED.values()), EmpiricalLikelihood()]
    evidence = {name: evidence_of(sample_of(logged, target, model), kinds) for name, model in models.items()}
    of_peer = evidence["obp's logistic regression"]
    values: dict[str, float] = peer["values"]
    track(2, 2)
    return Page(
        title="The Open Bandit sample",
        shows=_shows(logged, of_peer, peer["truth"]),
        scale=f"{len(logged):,} decisions of 80 items each.",
        tables=(
            Table(
                headers=("estimator", "value", "standard error", "obp", "apart by"),
                rows=_rows(of_peer, values),
                caption="By the reward model of obp's quickstart, the very same numbers:",
            ),
            Table(
                headers=("reward model", "DM", "to obp's", "DR", "to obp's", "SNDR", "DR: standard error"),
                rows=[_row(name, evidence[name], values) for name in [*models][1:]],
                caption="By reward models of our own, which are fitted in closed form, without the customer's fold:",
            ),
        ),
        verdict=_verdict(evidence, values, peer["truth"]),
    )


def _read(path: Path) -> tuple[Logged, Floats, Floats]:
    """Returns the log, the target's probabilities, and the peer's predictions, of each entry."""
    stored = np.load(path)
    position, chances = stored["position"].astype(np.int32), stored["chances"]
    count, items = len(position), len(chances)
    start = starts_of(np.full(count, items))
    unknown = np.full(count * items, np.nan)
    names = tuple(f"item {place}" for place in range(items))
    logged = Logged(
        entries=Entries(
            start=start,
            campaign=Coded(np.tile(np.arange(items, dtype=np.int32), count), names),
            probability=np.full(count * items, 1.0 / items),
            predicted=unknown,
            deviation=unknown,
        ),
        chosen=start[:-1] + stored["action"],
        probability=stored["pscore"],
        reward=stored["reward"].astype(np.float64),
        customer=np.arange(count, dtype=np.int32),
        time_us=np.zeros(count, dtype=np.int64),
        labels={"position": Coded(position, ("left", "middle", "right"))},
        features=stored["context"].astype(np.float64),
        reward_range=(0.0, 1.0),
    )
    return logged, chances.T[position].ravel(), stored["modeled"][np.arange(count), :, position].ravel()


def _shows(logged: Logged, evidence: Evidence, truth: float) -> str:
    sums = evidence.sums
    return (
        f"The sample of the Open Bandit Dataset that obp ships: {len(logged):,} decisions that were drawn at random from 80 "
        "items, at three positions, and as many by Bernoulli Thompson sampling. As in obp's quickstart the first log is "
        "asked what the second policy is worth, whose probabilities are those of 100,000 simulations with the prior that it "
        "started from; the second log answers: "
        f"{truth:.4f} clicks a decision, with a standard error of {np.sqrt(truth * (1 - truth) / len(logged)):.4f}. obp runs "
        "in an environment of its own and writes its sample, the probabilities and its reward model's predictions into "
        "build/; nothing of it is part of the project. "
        f"Effective sample size {sums.effective_decisions:,.1f}, largest weight {sums.seen_weights[1]:.3f}, mean weight "
        f"{sums.mean_weight:.4f}."
    )


def _rows(evidence: Evidence, values: dict[str, float]) -> list[tuple[str, ...]]:
    points = list(point_estimates(evidence, [*FIRST_ROW, EmpiricalLikelihood()]))
    tuned = {name: choose_by_slope(evidence, kinds).point(evidence) for name, kinds in TUNED.items()}
    names = PEER_NAMES | {point.name: name for name, point in tuned.items()}
    rows: list[tuple[str, ...]] = []
    for point in [*points, *tuned.values()]:
        known = values.get(names.get(point.name, ""), math.nan)
        rows.append(
            (
                f"{point.name}, by SLOPE" if point.is_tuned else point.name,
                f"{point.value:.6f}",
                "none: tuned" if point.is_tuned else f"{point.standard_error:.6f}",
                "" if math.isnan(known) else f"{known:.6f}",
                "" if math.isnan(known) else f"{abs(point.value - known):.0e}".replace("0e+00", "0"),
            )
        )
    return rows


def _row(name: str, evidence: Evidence, values: dict[str, float]) -> tuple[str, ...]:
    points = {point.name: point for point in point_estimates(evidence)}
    dm, dr = points["DM"].value, points["DR"].value
    return (
        name,
        f"{dm:.6f}",
        f"{dm / values['dm'] - 1.0:+.1%}",
        f"{dr:.6f}",
        f"{dr / values['dr'] - 1.0:+.1%}",
        f"{points['SNDR'].value:.6f}",
        f"{points['DR'].standard_error:.6f}",
    )


def _verdict(evidence: dict[str, Evidence], values: dict[str, float], truth: float) -> str:
    points = {name: {one.name: one for one in point_estimates(found)} for name, found in evidence.items()}
    by_peer, by_ridge = points["obp's logistic regression"], points["ridge on the customer's features"]
    apart = max(abs(by_peer[ours].value - values[theirs]) for ours, theirs in PEER_NAMES.items())
    near = {name: abs(by_ridge[name].value / values[PEER_NAMES[name]] - 1.0) for name in ("DM", "DR")}
    off = abs(by_peer["IPS"].value - truth) / by_peer["IPS"].standard_error
    return (
        f"With the same reward model all values equal obp's within {apart:.0e}, the tuned ones too. With a ridge regression "
        f"in the place of its logistic one DM is {near['DM']:.1%} and DR {near['DR']:.1%} from obp's, "
        f"{'within' if max(near.values()) <= NEAR else '**not within**'} {NEAR:.0%}; shrunken means tell items less apart, of "
        "which each was drawn some 125 times. What the other log earned lies "
        f"{off:.1f} standard errors of IPS away: this sample is too small to tell the estimators apart. Tuned estimators have "
        "no standard error here: the setting was chosen by the same rows, and what such an interval promises does not hold."
    )


if __name__ == "__main__":
    main(NAME, measure)
