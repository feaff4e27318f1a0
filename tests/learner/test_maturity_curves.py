"""Laws of maturity curves: a campaign's own share is found, that of its kin is used as far as they are alike."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t

from banditsvc.posterior.maturity import MaturityCurves, Shares
from banditsvc.posterior.statistics import Statistics

FAMILY, FIRST, SECOND, NEWCOMER, ALONE = 10, 11, 12, 13, 20
OTHERS = (14, 15, 16)


def tree() -> Statistics:
    """Returns a tree with a family of six campaigns, and one by itself."""
    statistics = Statistics()
    for ancestry in (*((FAMILY, one) for one in (FIRST, SECOND, NEWCOMER, *OTHERS)), (ALONE,)):
        statistics.node(ancestry, 0)
    return statistics


def curves(shares: dict[int, float], statistics: Statistics, *, answers: int = 2_000) -> MaturityCurves:
    """Returns the curve of one checkpoint and one term after so many answers of each campaign."""
    made, rng = MaturityCurves(1, 1), np.random.default_rng(5)
    for feature, share in shares.items():
        early = (rng.random(answers) < share).astype(np.float64)
        nodes = np.full(answers, statistics.node_of[feature])
        made.add(nodes, early[:, None, None], np.ones((answers, 1)), np.ones(answers))
    return made


def of(feature: int, statistics: Statistics, shares: Shares) -> tuple[float, float]:
    """Returns factor and weight of a campaign."""
    node = statistics.node_of[feature]
    return float(shares.factor[node, 0, 0]), float(shares.weight[node, 0])


def test_each_campaign_has_its_own_share() -> None:
    """Of campaigns that are far apart each has its own share, whatever that of the others."""
    statistics = tree()
    shares = curves({FIRST: 0.8, SECOND: 0.25}, statistics).shares(statistics)

    for feature, share in ((FIRST, 0.8), (SECOND, 0.25)):
        factor, weight = of(feature, statistics, shares)
        assert weight == pytest.approx(share, abs=4.0 * np.sqrt(share * (1.0 - share) / 2_000))
        assert factor == pytest.approx(1.0 / weight)


def test_a_newcomer_is_taken_for_one_of_its_family_where_that_is_alike() -> None:
    """A campaign of which nothing is over has the share of its family if that has one, and waits if it has many."""
    statistics = tree()
    family = dict.fromkeys((FIRST, SECOND, *OTHERS), 0.5)
    alike = curves(family | {ALONE: 0.9}, statistics).shares(statistics)
    unlike = curves(family | {FIRST: 0.8, SECOND: 0.2, ALONE: 0.9}, statistics).shares(statistics)

    assert of(NEWCOMER, statistics, alike)[1] == pytest.approx(0.5, abs=0.05)
    assert of(NEWCOMER, statistics, unlike)[1] == 0.0


def test_a_single_campaign_says_nothing_of_others() -> None:
    """Where only one campaign is known it is not known how far others are from it: they wait."""
    statistics = tree()
    shares = curves({FIRST: 0.5}, statistics).shares(statistics)

    assert of(FIRST, statistics, shares)[1] > 0.0
    assert of(SECOND, statistics, shares)[1] == 0.0
    assert of(ALONE, statistics, shares)[1] == 0.0


@pytest.mark.parametrize(("answers", "share", "is_known"), [(20, 0.1, False), (1_000, 0.1, True), (20, 1.0, True)])
def test_a_share_counts_once_its_error_is_at_most_a_fifth(answers: int, share: float, is_known: bool) -> None:
    """With relative standard error sqrt((1 - F) / (F n)) a rare share takes more answers than a common one."""
    statistics = tree()
    shares = curves({FIRST: share}, statistics, answers=answers).shares(statistics)

    assert (of(FIRST, statistics, shares)[1] > 0.0) is is_known


def test_what_is_refunded_later_makes_a_share_above_one() -> None:
    """Where more had come than stays in the end the share is above 1, and a decision counts in full."""
    statistics, made = tree(), MaturityCurves(1, 1)
    node = np.full(500, statistics.node_of[FIRST])
    final = np.repeat([1.0, 0.5], 250)
    made.add(node, np.ones((500, 1, 1)), final[:, None], np.ones(500))

    factor, weight = of(FIRST, statistics, made.shares(statistics))

    assert factor == pytest.approx(0.75)
    assert weight == 1.0


def test_what_is_mapped_is_right_on_average() -> None:
    """Over 300 logs, the mean of what had come over the share is the true mean: t-test at .001, and a second-order bias.

    1 / F is too high by the squared relative error of F, (1 - F) / (F n), of n answers.
    """
    statistics, rng, share, rate, size = tree(), np.random.default_rng(7), 0.3, 0.2, 1_000
    errors = []
    for _ in range(300):
        made, answers = MaturityCurves(1, 1), rng.random(size) < rate
        early = answers & (rng.random(size) < share)
        node = np.full(size, statistics.node_of[FIRST])
        made.add(node, early[:, None, None].astype(np.float64), answers[:, None].astype(np.float64), np.ones(size))
        factor = of(FIRST, statistics, made.shares(statistics))[0]
        errors.append(factor * rng.binomial(size, rate * share) / size - rate)
    known_bias = rate * (1.0 - share) / (share * rate * size)

    mean, error = np.mean(errors), np.std(errors, ddof=1) / np.sqrt(len(errors))

    assert abs(mean - known_bias) < t.isf(0.0005, len(errors) - 1) * error
