"""Hillstrom's trial evaluated as a log: is any personalised policy proved better than Men's e-mail for everybody?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from banditsvc.reports.evaluation_words import needed_words
from banditsvc.reports.number_words import percent
from figures.page import Page, Table
from figures.run import Track, main
from figures.trial_data import trial_file
from offline_eval.evaluation import CandidateReport, EvaluationReport, Verdict, evaluation_report
from offline_eval.intervals import Floats
from offline_eval.logged import Logged, ReadingSettings, TableColumns, Target, read_logged
from offline_eval.reward_models import Ridge, ShrunkMeans

NAME = "hillstrom_evaluation"
ARMS = ("Mens E-Mail", "No E-Mail", "Womens E-Mail")
MENS, NOBODY, WOMENS = range(3)
BASE = f"always:{ARMS[MENS]}"
GREATEST = {"visit": 1.0, "conversion": 1.0, "spend": 500.0}
"""Greatest reward that there can be; of spend somebody has to say so."""
LABELS = ("mens", "womens", "channel", "newbie", "history_segment")
FEATURES = ("recency", "history", "mens", "womens", "newbie")
SHORT_ROWS = 8_000
"""Of the short form."""


def measure(*, short: bool, track: Track) -> Page:
    """Returns the trial's 64,000 customers; 8,000 of them in the short form."""
    table = pd.read_csv(trial_file("hillstrom")).sample(frac=1.0, random_state=1)[: SHORT_ROWS if short else None]
    rows, proved = [], []
    for place, reward in enumerate(GREATEST):
        found = hillstrom_report(table, reward)
        rows += [_row(reward, found, one) for one in found.candidates]
        proved += [
            f"{one.evaluated.name} in {reward}"
            for one in found.candidates
            if one.verdict is Verdict.BETTER and one.evaluated.name in personalised()
        ]
        track(place + 1, len(GREATEST))
    return Page(
        title="Hillstrom's trial, evaluated as a log",
        shows=(
            "The trial sent Men's, Women's or no e-mail with probabilities of a third each, so it is a log on which any policy "
            "can be evaluated. The policies are compared with Men's e-mail for everybody, in three rewards; the intervals of a "
            "reward hold together at 95 %. By what was bought sends Women's e-mail to those who bought women's things alone; the "
            "other two choose for each customer the campaign that a model of the other customers says brings most."
        ),
        scale=f"{len(table):,} customers.",
        tables=(
            Table(
                headers=(
                    "reward",
                    "policy",
                    "difference to always Men's",
                    "of its value",
                    "verdict",
                    "what would tell",
                ),
                rows=rows,
            ),
        ),
        verdict=f"Proved better than always Men's: {', '.join(proved) or 'no personalised policy'}.",
    )


def hillstrom_report(table: pd.DataFrame, reward: str) -> EvaluationReport:
    """Returns what the trial says of personalised policies, and of simple ones, beside Men's e-mail for everybody."""
    columns = TableColumns(
        action="segment",
        probability="chance",
        reward=reward,
        always_eligible=ARMS,
        labels=LABELS,
        features=FEATURES,
        least_reward=0.0,
        greatest_reward=GREATEST[reward],
    )
    logged = read_logged(table.assign(chance=1.0 / 3.0), ReadingSettings(columns=columns))
    simple = {"always Women's": f"always:{ARMS[WOMENS]}", "equal draw": "uniform"}
    return evaluation_report(logged, {**personalised(), **simple}, against=BASE, smallest_probability=1.0 / 3.0)


def personalised() -> dict[str, Target]:
    """Returns the personalised policies by name."""
    return {"by what was bought": _by_bought, "by kind of customer": _by_kind, "by linear models": _by_ridge}


def _by_bought(logged: Logged) -> Floats:
    mens, womens = (logged.labels[name].is_name("1") for name in ("mens", "womens"))
    return _target(logged, np.where(womens & ~mens, WOMENS, MENS))


def _by_kind(logged: Logged) -> Floats:
    predicted = ShrunkMeans.of(logged, by=("mens", "womens", "channel")).predicted(logged)
    return _target(logged, predicted.reshape(-1, len(ARMS)).argmax(axis=1))


def _by_ridge(logged: Logged) -> Floats:
    predicted = Ridge.of(logged, by=("channel", "history_segment")).predicted(logged)
    return _target(logged, predicted.reshape(-1, len(ARMS)).argmax(axis=1))


def _target(logged: Logged, chosen: np.ndarray) -> Floats:
    """Returns all probability on one campaign of each decision, whose entries are those of ARMS in their order."""
    found = np.zeros((len(logged), len(ARMS)))
    found[np.arange(len(logged)), chosen] = 1.0
    return found.ravel()


def _row(reward: str, found: EvaluationReport, one: CandidateReport) -> tuple[str, ...]:
    interval = one.difference.interval
    assert interval is not None
    value, base = one.evaluated.difference, found.base.evaluated.value
    return (
        reward,
        one.evaluated.name,
        f"{value:+.4f} ({interval.low:+.4f} to {interval.high:+.4f})",
        f"{percent(interval.low / base, sign=True)} to {percent(interval.high / base, sign=True)}",
        str(one.verdict),
        needed_words(found, one),
    )


if __name__ == "__main__":
    main(NAME, measure)
