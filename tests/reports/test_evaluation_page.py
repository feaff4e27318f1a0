"""Laws of the page of an evaluation."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

from banditsvc.reports.evaluation_page import evaluation_page
from banditsvc.reports.evaluation_words import candidate_words, headline, signed_interval, support_words
from offline_eval.diagnostics import Maturity
from offline_eval.evaluation import Candidates, EvaluationReport, evaluation_report
from offline_eval.logged import ReadingSettings, TableColumns, read_logged
from tests.reports.test_lift_page import Page

_NAMES = ["news & <co>", "sale", "winback"]
_COLUMNS = TableColumns(
    probability="",
    eligible="eligible",
    probabilities="chances",
    targets=("greedy",),
    customer="customer",
    labels=("segment",),
    time="time",
    least_reward=0.0,
    greatest_reward=20.0,
)
_CANDIDATES = ("column:greedy", "uniform", "always:sale", "without:winback")


@cache
def _found(
    policies: Candidates = _CANDIDATES, against: str = "logged", count: int = 6_000, wrong: bool = False
) -> EvaluationReport:
    """Returns the report of a shop whose families like the sale and whose students the win-back."""
    rng = np.random.default_rng(1)
    segment = rng.choice(["family", "student"], count)
    best = np.where(segment == "family", 1, 2)
    greedy = np.full((count, 3), 0.1 / 3)
    greedy[np.arange(count), best] += 0.9
    chances = np.tile([0.5, 0.2, 0.3], (count, 1))
    chosen = rng.choice(3, count, p=chances[0])
    bought = rng.random(count) < np.where(chosen == best, 0.2, 0.05)
    table = pd.DataFrame(
        {
            "customer": rng.integers(0, count, count),
            "segment": segment,
            "campaign_id": np.array(_NAMES)[chosen],
            "eligible": [_NAMES] * count,
            "chances": list(np.full((count, 3), 1 / 3) if wrong else chances),
            "greedy": list(greedy),
            "reward": 20.0 * bought,
            "time": 1.8e9 + 600.0 * np.arange(count),
        }
    )
    return evaluation_report(read_logged(table, ReadingSettings(columns=_COLUMNS)), policies, against=against)


@cache
def _whole() -> str:
    return _page(_found())


def _page(report: EvaluationReport) -> str:
    maturity = [Maturity(age_days=3.0, share=0.62)]
    return evaluation_page(report, log="the log", unit="EUR", maturity=maturity, settings=[("policies", "some")])


def test_the_page_is_whole_and_asks_for_nothing() -> None:
    """Every element is closed, nothing is loaded from elsewhere, no id is there twice, and names are escaped."""
    text = _whole()
    page = Page(text)

    assert [] == page.open
    assert [] == [one for one in page.asked_for if not one.startswith("#")]
    assert len(page.ids) == len(set(page.ids))
    assert "<co>" not in text
    assert "http" not in page.text


def test_the_same_data_give_the_same_page() -> None:
    """Two pages of one report are alike to the byte."""
    assert _whole() == _page(_found())


def test_the_headline_says_who_is_better_and_that_the_log_supports_it() -> None:
    """It is a range in percent of what was done, and below it stand the decisions that it rests on."""
    report = _found()
    [best] = [one for one in report.candidates if one.evaluated.name == "column:greedy"]
    assert best.difference.interval is not None
    low, high = (
        100.0 * end / report.base.evaluated.value
        for end in (best.difference.interval.low, best.difference.interval.high)
    )

    assert f"Greedy would have earned {low:.0f} to {high:.0f} % more than what was done" == headline(report)
    assert support_words(report).startswith("The log supports saying so: 6,000 decisions, worth")


def test_everything_is_on_the_page() -> None:
    """Candidates, segments, choices, support, estimators, maturity, promises and the fingerprint are all there."""
    text = Page(_whole()).text
    for part in (
        "what was done",
        "an equal draw",
        "always sale",
        "never winback",
        "By segment",
        "student",
        "By what is chosen",
        "What exploring costs now, and what it buys later",
        "Logged probabilities against choices",
        "Value against clipping",
        "Cressie-Read",
        "DR",
        "above 1 up to 2",
        "62 %",
        "In 0.95 of cases it holds the truth",
        "In 0.9875 of cases it holds the truth",
        "data, SHA-256",
        "policies",
    ):
        assert part in text, part


def test_what_is_not_proved_is_not_said() -> None:
    """Against the best candidate nothing is better; against an equal draw a small log cannot tell, and says what would."""
    assert "Nothing is proved better than greedy" == headline(_found(against="column:greedy", count=600)) or headline(
        _found(against="column:greedy", count=600)
    ).startswith("Greedy earned more")
    few = _found(("uniform",), count=600)
    assert "Nothing is proved better than what was done" == headline(few)
    assert "decisions would tell, if it is as it looks" in support_words(few) or "too alike" in support_words(few)


def test_numbers_of_a_wrong_log_are_withheld() -> None:
    """Where probabilities are wrong the page says so first, and shows no value of any candidate."""
    report = _found(wrong=True)
    text = Page(_page(report)).text

    assert "Nothing may be concluded from this log" == headline(report)
    assert support_words(report).startswith("Numbers are withheld: the log is wrong: campaign news & <co> was chosen")
    assert "calibration. " in text
    assert "EUR a decision" not in text
    assert "By segment" not in text
    assert f"{report.candidates[0].evaluated.value:.2f} (" not in text


def test_an_end_beside_0_is_not_shown_as_0() -> None:
    """The numbers of an interval have as many decimals as its ends need to be told from 0."""
    assert "+1.01 (+0.01 to +2.06)" == signed_interval(1.01, 0.0132, 2.06)
    assert "−0.4960 (−0.8800 to −0.0030)" == signed_interval(-0.496, -0.88, -0.003)
    assert "−0.50 (−1.00 to 0.00)" == signed_interval(-0.5, -1.0, 0.0)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("logged", "what was done"),
        ("greedy floor=0.05", "greedy with floor 5 %"),
        ("square_cb gamma_scale=2 floor=0.05", "square cb with gamma scale 2 and floor 5 %"),
        ("version:3", "policy version 3"),
        ("fixed_priority", "fixed priority"),
        ("our own", "our own"),
    ],
)
def test_candidates_are_called_as_readers_would(name: str, words: str) -> None:
    """Texts of policies are turned into words, other names stay."""
    assert words == candidate_words(name)
