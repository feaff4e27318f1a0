"""Replay of a policy that learns: what matching makes of it, and what rejection does."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.stats import ttest_ind

from figures.page import Page, Table
from figures.run import Track, main
from offline_eval.replay import Replayed, ReplaySettings, replay
from tests.offline_eval.replay_world import BATCH, LEAST, ROWS, EpsilonGreedy, logged, matched, on_line

NAME = "replay"
LOGS, SHORT_LOGS = 200, 10
SETTINGS = ReplaySettings(
    seeds=1, batch_rows=BATCH, least_probability=LEAST, greatest_target=0.9 + 0.1 / 6.0, reward_range=(0.0, 1.0)
)
QUANTILE = replace(SETTINGS, quantile=0.6, least_probability=None)


@dataclass(frozen=True, slots=True)
class _Found:
    """What each way says of each log; matching with the rows that it learned from."""

    rejected: list[Replayed] = field(default_factory=list)
    by_quantile: list[Replayed] = field(default_factory=list)
    matched: list[tuple[float, int]] = field(default_factory=list)


def measure(*, short: bool, track: Track) -> Page:
    """Returns 200 logs replayed in each way; 10 in the short form."""
    logs = SHORT_LOGS if short else LOGS
    found = _Found()
    for seed in range(logs):
        log = logged(seed)
        found.rejected.append(replay(log, EpsilonGreedy(), SETTINGS))
        found.by_quantile.append(replay(log, EpsilonGreedy(), QUANTILE))
        found.matched.append(matched(log, EpsilonGreedy(), seed))
        track(seed + 1, 2 * logs)
    rows = _rows(found, logs, track)
    return Page(
        title="Replay of a policy that learns",
        shows=(
            "Six campaigns; the log of 30,000 decisions gives keen customers the best one with probability .8, and others "
            "another one, all else with .04. An epsilon-greedy policy that ignores contexts learns while it is replayed. "
            "The truth is what the same learner earns on line from as many decisions. Rejection accepts with probability c "
            "pi / p, c = .04 over the policy's greatest probability. By all rows: the same runs, the mean of w r. By the "
            "60 % quantile: c is that quantile of the logged probabilities, and the bias that this costs is told by the "
            "run itself."
        ),
        scale=f"{logs} logs, 3 times as many runs on line.",
        tables=(
            Table(
                headers=("replay", "value", "truth", "off by", "p", "learned from", "bias, as told"),
                rows=rows,
                caption="Mean over logs ± its standard error:",
            ),
        ),
        verdict=(
            "Matching learns from, and is scored on, the customers for whom the log thought alike: it is off by more than "
            "half. Rejection is right, from a few percent of the rows: what it says is what the policy earns while it "
            "learns from so many, no more. By all rows the value is the same and steadier."
        ),
    )


def _rows(found: _Found, logs: int, track: Track) -> list[tuple[str, ...]]:
    learned = {
        "matching": [float(rows) for _, rows in found.matched],
        "rejection": [one.learned_from for one in found.rejected],
        "by the 60 % quantile": [one.learned_from for one in found.by_quantile],
    }
    truths = {}
    for place, (name, rows) in enumerate(learned.items()):
        share = float(np.mean(rows)) / ROWS
        truths[name] = [on_line(EpsilonGreedy(), 3 * logs * place + seed, share) for seed in range(3 * logs)]
        track(logs + (place + 1) * logs // 3, 2 * logs)
    told = f"{np.mean([one.bias for one in found.by_quantile]):+.4f}"
    return [
        _row("matching", [value for value, _ in found.matched], truths["matching"], learned["matching"], ""),
        _row("rejection", [one.value for one in found.rejected], truths["rejection"], learned["rejection"], "0"),
        _row(
            "rejection, by all rows",
            [one.ips_value for one in found.rejected],
            truths["rejection"],
            learned["rejection"],
            "0",
        ),
        _row(
            "rejection by the 60 % quantile",
            [one.value for one in found.by_quantile],
            truths["by the 60 % quantile"],
            learned["by the 60 % quantile"],
            told,
        ),
    ]


def _row(name: str, values: list[float], truth: list[float], learned: list[float], told: str) -> tuple[str, ...]:
    off = float(np.mean(values) / np.mean(truth)) - 1.0
    p_value = float(ttest_ind(values, truth, equal_var=False).pvalue)
    rows = float(np.mean(learned))
    return (
        name,
        _mean(values),
        _mean(truth),
        f"{off:+.1%}",
        f"{p_value:.2g}",
        f"{rows:,.0f} ({rows / ROWS:.1%})",
        told,
    )


def _mean(values: list[float]) -> str:
    return f"{np.mean(values):.4f} ± {np.std(values, ddof=1) / len(values) ** 0.5:.4f}"


if __name__ == "__main__":
    main(NAME, measure)
