"""Laws of the outlook: what a policy's own log will tell of the next change."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
from scipy.stats import binom, chi2

from offline_eval.choices import Coded
from offline_eval.evaluation import outlook
from offline_eval.intervals import Floats
from offline_eval.logged import Entries, Logged

_RATES = np.array([0.10, 0.15, 0.12])
_LOGGED_BY = np.array([0.4, 0.3, 0.3])
_CANDIDATE = np.array([0.8, 0.15, 0.05])
_ONE, _OTHER = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
_DIFFERENCE = 0.05


def _log(seed: int, count: int) -> Logged:
    rng = np.random.default_rng(seed)
    arm = rng.choice(3, count, p=_LOGGED_BY)
    nothing = np.full(3 * count, np.nan)
    return Logged(
        entries=Entries(
            start=3 * np.arange(count + 1),
            campaign=Coded(np.tile(np.arange(3, dtype=np.int32), count), ("a", "b", "c")),
            probability=np.tile(_LOGGED_BY, count),
            predicted=nothing,
            deviation=nothing,
        ),
        chosen=3 * np.arange(count) + arm,
        probability=_LOGGED_BY[arm],
        reward=(rng.random(count) < _RATES[arm]).astype(np.float64),
        customer=np.arange(count, dtype=np.int32),
        time_us=np.zeros(count, dtype=np.int64),
    )


def _estimates(seed: int, logs: int, count: int) -> tuple[Floats, Floats]:
    """Returns the estimated difference of always b to always a in logs of the candidate, and its standard error."""
    rng = np.random.default_rng(seed)
    arm = rng.choice(3, (logs, count), p=_CANDIDATE).astype(np.int8)
    parts = (((_OTHER - _ONE) / _CANDIDATE)[arm]) * (rng.random((logs, count)) < _RATES[arm])
    return parts.mean(axis=1), parts.std(axis=1, ddof=1) / math.sqrt(count)


_COUNT = 30_000
_LOG = _log(1, _COUNT)
_FOUND = outlook(_LOG, np.tile(_CANDIDATE, _COUNT), (np.tile(_OTHER, _COUNT), np.tile(_ONE, _COUNT)))


def test_the_variance_foretold_is_that_of_logs_of_the_candidate() -> None:
    """Estimates from 600 simulated logs scatter as foretold from another policy's log.

    Within the chi-squared bounds at .001, widened by 5 %: four standard errors of the mean reward that it was foretold by.
    """
    logs, count = 600, 2_000
    estimates, _ = _estimates(2, logs, count)
    ratio = count * float(np.var(estimates, ddof=1)) / (_FOUND.variance - _DIFFERENCE**2)

    assert chi2.ppf(0.0005, logs - 1) / (logs - 1) / 1.05 < ratio < chi2.ppf(0.9995, logs - 1) / (logs - 1) * 1.05


def test_so_many_decisions_tell_with_the_power() -> None:
    """Of 800 simulated logs of the size that is foretold, .8 tell the difference from 0.

    By the binomial bounds at .001 around .77 and .83: what 5 % of the variance make of a power of .8.
    """
    logs, count = 800, math.ceil(_FOUND.decisions_to_tell(_DIFFERENCE))
    estimates, errors = _estimates(3, logs, count)
    told = int(np.count_nonzero(estimates > 1.96 * errors))

    assert binom.ppf(0.0005, logs, 0.77) <= told <= binom.ppf(0.9995, logs, 0.83)


def test_what_can_be_detected_and_what_it_takes_are_two_sides() -> None:
    """The difference that n decisions show takes n decisions; four times as many show half of it."""
    for count in (100.0, 5_000.0):
        assert math.isclose(count, _FOUND.decisions_to_tell(_FOUND.detectable(count)))
    assert math.isclose(_FOUND.detectable(100.0), 2.0 * _FOUND.detectable(400.0))
    assert (math.inf, math.inf) == (_FOUND.detectable(0.0), _FOUND.decisions_to_tell(0.0))


def test_any_two_settings_are_the_mean_over_all_pairs() -> None:
    """Where no pair is named it is that of two settings with different campaigns, averaged over the pairs."""
    log = _log(4, 500)
    logging = np.tile(_CANDIDATE, 500)
    pairs = [
        outlook(log, logging, (np.tile(np.eye(3)[one], 500), np.tile(np.eye(3)[other], 500))).variance
        for one, other in permutations(range(3), 2)
    ]
    assert math.isclose(np.mean(pairs), outlook(log, logging).variance)


def test_what_is_never_tried_is_never_told() -> None:
    """A policy without exploration leaves a log that tells nothing of another choice; more exploration tells sooner."""
    greedy = outlook(_LOG, np.tile([1.0, 0.0, 0.0], _COUNT))
    variances = [
        outlook(_LOG, np.tile((1.0 - floor) * np.array([1.0, 0.0, 0.0]) + floor / 3.0, _COUNT)).variance
        for floor in (0.05, 0.2, 0.5)
    ]
    assert math.isinf(greedy.variance)
    assert sorted(variances, reverse=True) == variances
