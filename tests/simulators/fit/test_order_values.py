"""Fitted order values and delays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from simulators.fit.delays import fit_delays, truncated_mean
from simulators.fit.fit_errors import TooFewResponses
from simulators.fit.order_values import fit_order_values
from tests.simulators.fit.made_rows import Truth, made_rows

BOUND = float(norm.isf(0.0005))


def test_a_lognormal_law_is_found() -> None:
    """Sigma is within the bound at .001 of its standard error sigma / root(2 n), and the mean is that of the data."""
    rows = made_rows(Truth(), 20_000, seed=2, money=True)
    found = fit_order_values(rows)
    assert rows.amounts is not None
    count = int(rows.responses.sum())

    assert abs(found.law.sigma - 0.7) < BOUND * 0.7 / np.sqrt(2 * count)
    assert found.law.mean == pytest.approx(rows.amounts[rows.responses].mean())
    assert 0.0 == found.law.tail_share


def test_a_heavy_tail_is_found() -> None:
    """Where a fifth of the orders has a Pareto tail, the law has one, and its index is about right."""
    rows = made_rows(Truth(constants=(0.0, 0.0, 0.0)), 8_000, seed=2, money=True)
    random = np.random.default_rng(1)
    assert rows.amounts is not None
    tail = np.where(random.random(len(rows)) < 0.2, random.pareto(1.6, len(rows)) + 1.0, 1.0)
    law = fit_order_values(replace(rows, amounts=rows.amounts * tail)).law

    assert 0.05 < law.tail_share < 0.5
    assert 1.2 < law.tail_alpha < 2.4


def test_differences_of_order_values_only_where_they_are_proven() -> None:
    """Arms with one law keep one mean if only proven differences count; else each has that of its own orders."""
    rows = made_rows(Truth(), 20_000, seed=2, money=True)

    assert (1.0, 1.0, 1.0) == fit_order_values(rows, only_proven=True).factors
    assert len(set(fit_order_values(rows).factors)) == len(rows.campaigns)


def test_too_few_orders_are_refused() -> None:
    """Fewer than 30 orders have no law."""
    with pytest.raises(TooFewResponses, match="orders: their values need at least 30"):
        fit_order_values(made_rows(Truth(constants=(-5.0, -5.0, -5.0)), 500, seed=1, money=True))


def test_delays_that_are_cut_off_have_the_right_mean() -> None:
    """The mean of exponential delays seen within a window is within the bound at .001 of its standard error.

    The information of one delay about the mean m, cut off at W, is 1/m^2 - (W/m^2)^2 e^(W/m) / (e^(W/m) - 1)^2.
    """
    delays = np.random.default_rng(1).exponential(2.0, 20_000)
    seen = delays[delays < 7.0]
    growth = np.exp(3.5)
    information = 0.25 - (7.0 / 4.0) ** 2 * growth / (growth - 1.0) ** 2

    assert abs(truncated_mean(seen, 7.0) - 2.0) < BOUND / np.sqrt(len(seen) * information)


def test_delays_that_are_spread_evenly_have_no_mean_beyond_a_third_of_the_window() -> None:
    """Evenly spread delays get the longest mean that there is."""
    assert truncated_mean(np.linspace(0.0, 7.0, 100), 7.0) == pytest.approx(7.0 / 3.0)


def test_delays_of_rows() -> None:
    """Without any known delay the mean is made up and said to be so; with them it is that of the data."""
    rows = made_rows(Truth(), 5_000, seed=1)
    unknown = fit_delays(replace(rows, delays=None))

    assert (0, 3.0) == (unknown.known, unknown.mean_days)
    assert int(rows.responses.sum()) == fit_delays(rows).known
    assert fit_delays(rows).mean_days == pytest.approx(2.0, rel=0.3)
