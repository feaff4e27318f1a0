"""Laws that estimators keep."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, norm

from offline_eval.estimators import (
    FIRST_ROW,
    WITHOUT_MODEL,
    ClippedIps,
    CressieRead,
    Direct,
    DoublyRobust,
    EmpiricalLikelihood,
    Estimator,
    Evidence,
    Ips,
    Mips,
    Sample,
    SelfNormalisedDr,
    ShrunkDr,
    Snips,
    SwitchDr,
    choose_by_slope,
    evidence_of,
    point_estimates,
)
from offline_eval.intervals import Floats, IntervalSpec
from offline_eval.value import weighted_value
from tests.offline_eval.random_samples import Row, logged_sample, random_log, rows, sample_with

ALL: tuple[Estimator, ...] = (*FIRST_ROW, SwitchDr(5.0), ShrunkDr(10.0), Mips(), EmpiricalLikelihood())
LEVEL = 0.001
RUNS, DECISIONS = 400, 300
laws = settings(max_examples=100, deadline=None, derandomize=True)
by_name = pytest.mark.parametrize("estimator", ALL, ids=lambda one: one.name)


@laws
@given(st.lists(rows, min_size=1, max_size=30), st.integers(0, 30), st.integers(0, 30), st.booleans())
def test_any_split_gives_the_whole(drawn: list[Row], one: int, other: int, units: bool) -> None:
    """Evidence of parts, however they are cut, adds up to values and standard errors of the whole."""
    cuts = sorted((one % (len(drawn) + 1), other % (len(drawn) + 1)))
    parts = [drawn[: cuts[0]], drawn[cuts[0] : cuts[1]], drawn[cuts[1] :]]
    first, second, third = (evidence_of(sample_with(part, units=units), ALL) for part in parts)

    for whole, left, right in zip(
        point_estimates(evidence_of(sample_with(drawn, units=units), ALL), ALL),
        point_estimates((first + second) + third, ALL),
        point_estimates(first + (second + third), ALL),
        strict=True,
    ):
        for added in (left, right):
            assert whole.value == pytest.approx(added.value, rel=1e-9, abs=1e-9, nan_ok=True)
            assert whole.standard_error == pytest.approx(added.standard_error, rel=1e-6, abs=1e-6, nan_ok=True)


@laws
@given(st.lists(rows, min_size=2, max_size=20), st.booleans())
def test_values_are_their_formulas(drawn: list[Row], units: bool) -> None:
    """Each value is that of a loop over the decisions, by the formula of the paper."""
    found = {one.name: one.value for one in point_estimates(evidence_of(sample_with(drawn, units=units), ALL), ALL)}
    count, weights = len(drawn), sum(w for w, *_ in drawn)
    snips = sum(w * r for w, r, *_ in drawn) / weights if weights else math.nan
    correction = sum(w * (r - q) for w, r, q, *_ in drawn) / weights if weights else math.nan
    expected = {
        "IPS": sum(w * r for w, r, *_ in drawn) / count,
        "clipped IPS at 10": sum(min(w, 10.0) * r for w, r, *_ in drawn) / count,
        "SNIPS": snips,
        "DM": sum(target for *_, target, _ in drawn) / count,
        "DR": sum(target + w * (r - q) for w, r, q, target, _ in drawn) / count,
        "SNDR": sum(target for *_, target, _ in drawn) / count + correction,
        "Switch-DR at 5": sum(target + w * (w <= 5.0) * (r - q) for w, r, q, target, _ in drawn) / count,
        "DRos at 10": sum(target + 10.0 * w / (w * w + 10.0) * (r - q) for w, r, q, target, _ in drawn) / count,
        "MIPS": sum(w * r for w, r, *_ in drawn) / count,
    }

    assert expected == pytest.approx({name: found[name] for name in expected}, abs=1e-12, nan_ok=True)


@laws
@given(st.lists(rows, min_size=2, max_size=20), st.booleans())
def test_standard_errors_are_those_of_units(drawn: list[Row], units: bool) -> None:
    """Standard errors of DR and SNIPS are those of the influences of units, added up one by one."""
    dr, snips = point_estimates(evidence_of(sample_with(drawn, units=units)))[4], Snips()
    weights = sum(w for w, *_ in drawn)
    influence = [(t + w * (r - q) - dr.value, unit) for w, r, q, t, unit in drawn]
    assert _error(influence, units) / len(drawn) == pytest.approx(dr.standard_error, abs=1e-7, nan_ok=True)
    if weights:
        point = snips.point(evidence_of(sample_with(drawn, units=units)))
        influence = [(w * (r - point.value), unit) for w, r, *_, unit in drawn]
        assert _error(influence, units) / weights == pytest.approx(point.standard_error, abs=1e-5, nan_ok=True)


def _error(influence: list[tuple[float, int]], units: bool) -> float:
    sums: defaultdict[int, float] = defaultdict(float)
    for place, (one, unit) in enumerate(influence):
        sums[unit if units else place] += one
    count = len(sums)
    return math.sqrt(sum(one**2 for one in sums.values()) * count / (count - 1)) if count > 1 else math.nan


def test_snips_is_the_weighted_value() -> None:
    """SNIPS has the value and the standard error of `weighted_value`."""
    sample = replace(logged_sample(*random_log(3, 2_000)), unit=np.arange(2_000, dtype=np.int32) // 3)
    assert sample.unit is not None
    known = weighted_value(sample.weight, sample.reward, sample.unit, decisions=2_000, spec=IntervalSpec())
    found = Snips().point(evidence_of(sample, WITHOUT_MODEL))

    assert (known.value, known.standard_error) == pytest.approx((found.value, found.standard_error), rel=1e-12)


@pytest.mark.parametrize("constant", [1.0, 10.0, -1.0])
@by_name
def test_a_constant_reward_is_the_value(estimator: Estimator, constant: float) -> None:
    """Where every reward is c, so is the value: exactly, or by the error of the mean weight for those that weigh alone."""
    sample = logged_sample(*random_log(1, 3_000), greatest_weight=math.inf)
    level = np.full(3_000, constant)
    evidence = evidence_of(replace(sample, reward=level, modeled_choice=level, modeled_target=level), ALL)
    found = estimator.point(evidence)
    off = abs(evidence.sums.mean_weight - 1.0) * abs(constant) if isinstance(estimator, Ips) else 1e-9
    if isinstance(estimator, ClippedIps):
        off = abs(constant) * (1.0 - float(np.minimum(sample.weight, 10.0).mean())) + 1e-9

    assert abs(found.value - constant) <= off + 1e-9


@by_name
def test_the_logger_itself_has_the_mean(estimator: Estimator) -> None:
    """Where the target is what decided, and the model says the mean, the value is the mean of the rewards."""
    _, rewards, _ = random_log(2, 1_000)
    mean = np.full(1_000, rewards.mean())
    sample = Sample(weight=np.ones(1_000), reward=rewards, modeled_choice=mean, modeled_target=mean)
    found = estimator.point(evidence_of(sample, ALL))

    assert float(rewards.mean()) == pytest.approx(found.value, rel=1e-9)


def test_limits_join_the_estimators() -> None:
    """Without a limit clipped IPS is IPS and Switch-DR is DR; at its ends DRos is DM and DR, and weights of 0 stay 0."""
    drawn: list[Row] = [
        (0.0, 1.0, 0.5, 0.2, 0),
        (2.0, 1.0, 0.5, 0.3, 1),
        (20.0, 0.0, 0.1, 0.1, 2),
        (1.0, 2.5, 1.0, 2.0, 3),
    ]
    pairs: Sequence[tuple[Estimator, Estimator]] = [
        (ClippedIps(math.inf), Ips()),
        (SwitchDr(math.inf), DoublyRobust()),
        (ShrunkDr(0.0), Direct()),
        (ShrunkDr(math.inf), DoublyRobust()),
        (SwitchDr(0.0), Direct()),
    ]
    evidence = evidence_of(sample_with(drawn, units=False), [*chain.from_iterable(pairs)])

    for one, other in pairs:
        assert one.value(evidence) == pytest.approx(other.value(evidence), rel=1e-12)


@pytest.fixture(scope="module")
def world() -> tuple[Floats, dict[str, Floats], dict[str, Floats]]:
    """Returns the true value, and values and standard errors of many logs of one world with customers who come again."""
    rng = np.random.default_rng(11)
    base, logged, target = np.array([0.1, 0.3, 0.6]), np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.2, 0.7])
    guess = np.array([0.2, 0.3, 0.4])
    values: dict[str, list[float]] = {one.name: [] for one in ALL}
    errors: dict[str, list[float]] = {one.name: [] for one in ALL}
    for _ in range(RUNS):
        unit = np.arange(DECISIONS, dtype=np.int32) // 3
        keen = rng.uniform(0.0, 0.4, DECISIONS // 3 + 1)[unit]
        chosen = rng.choice(3, DECISIONS, p=logged)
        rewards = (rng.random(DECISIONS) < base[chosen] + keen).astype(np.float64)
        sample = Sample(
            weight=(target / logged)[chosen],
            reward=rewards,
            modeled_choice=guess[chosen],
            modeled_target=np.full(DECISIONS, guess @ target),
            unit=unit,
            greatest_weight=3.5,
        )
        for point in point_estimates(evidence_of(sample, ALL), ALL):
            values[point.name].append(point.value)
            errors[point.name].append(point.standard_error)
    truth = np.array([target @ base + 0.2])
    return truth, {n: np.array(v) for n, v in values.items()}, {n: np.array(v) for n, v in errors.items()}


UNBIASED: tuple[Estimator, ...] = (
    Ips(),
    ClippedIps(10.0),
    Snips(),
    DoublyRobust(),
    SelfNormalisedDr(),
    CressieRead(),
    EmpiricalLikelihood(),
)
"""Those that are right in the world, whose largest weight is 3.5, though its reward model is wrong."""


@pytest.mark.parametrize("estimator", UNBIASED, ids=lambda one: one.name)
def test_values_are_right(estimator: Estimator, world: tuple[Floats, dict[str, Floats], dict[str, Floats]]) -> None:
    """Over many logs the mean of the values is the truth, by a z-test, with the bias of order 1 / n of ratios let pass."""
    truth, values, _ = world
    found = values[estimator.name]
    allowed = float(norm.isf(LEVEL / 2)) * found.std(ddof=1) / math.sqrt(RUNS) + 1.0 / DECISIONS

    assert abs(found.mean() - float(truth[0])) < allowed


@pytest.mark.parametrize("estimator", UNBIASED, ids=lambda one: one.name)
def test_standard_errors_are_right(
    estimator: Estimator, world: tuple[Floats, dict[str, Floats], dict[str, Floats]]
) -> None:
    """The values scatter over logs as the standard errors say, customers being the units: by the chi-squared bounds of
    a sample variance, widened by a tenth for what is left out at this size.
    """
    _, values, errors = world
    ratio = values[estimator.name].var(ddof=1) / float(np.mean(errors[estimator.name] ** 2))
    low, high = (float(chi2.ppf(level, RUNS - 1)) / (RUNS - 1) for level in (LEVEL / 2, 1 - LEVEL / 2))

    assert 0.9 * low < ratio < 1.1 * high


def test_a_wrong_model_misleads_dm_alone(world: tuple[Floats, dict[str, Floats], dict[str, Floats]]) -> None:
    """DM is off by the model's bias: the world bites."""
    truth, values, _ = world

    assert abs(values["DM"].mean() - float(truth[0])) > 0.1


def test_nothing_has_no_value() -> None:
    """Without decisions no estimator has a value; without weights those that divide by them have none."""
    nothing = evidence_of(sample_with([], units=False), ALL)
    weightless = evidence_of(sample_with([(0.0, 1.0, 0.0, 0.0, 0)] * 3, units=True), ALL)

    assert all(math.isnan(point.value) and math.isnan(point.standard_error) for point in point_estimates(nothing, ALL))
    assert ["SNIPS", "SNDR"] == [point.name for point in point_estimates(weightless, ALL) if math.isnan(point.value)]


def test_what_does_not_fit_is_refused() -> None:
    """Evidence of other estimators, units with none, and a model that is not there are refused with the remedy."""
    plain = Sample(weight=np.ones(2), reward=np.ones(2))
    evidence = evidence_of(plain, WITHOUT_MODEL)

    with pytest.raises(ValueError, match="give sample_of one"):
        evidence_of(plain)
    with pytest.raises(ValueError, match="name this one too"):
        Direct().point(evidence)
    with pytest.raises(ValueError, match="keeps_weights"):
        EmpiricalLikelihood().point(evidence)
    with pytest.raises(ValueError, match="other estimators"):
        _ = evidence + evidence_of(plain, [Ips()])
    with pytest.raises(ValueError, match="both units, or none"):
        _ = evidence + evidence_of(replace(plain, unit=np.zeros(2, dtype=np.int32)), WITHOUT_MODEL)


def test_evidence_is_small() -> None:
    """The evidence of many decisions without units is as large as that of few."""
    sizes = [_numbers(evidence_of(logged_sample(*random_log(1, count)), WITHOUT_MODEL)) for count in (10, 10_000)]

    assert sizes[0] == sizes[1]


def _numbers(evidence: Evidence) -> int:
    return evidence.totals.mean.size + evidence.totals.scatter.size


def test_a_setting_by_the_data_is_marked() -> None:
    """SLOPE clips hard where clipping does no harm, because rewards are 0 on average, and less where it does; it marks it."""
    logged, rewards, target = random_log(5, 5_000)
    sample = logged_sample(logged, rewards, target)
    candidates = [ClippedIps(limit) for limit in (1.0, 10.0, math.inf)]
    chosen = choose_by_slope(evidence_of(sample, candidates), candidates)
    signs = replace(sample, reward=np.random.default_rng(5).choice([-1.0, 1.0], 5_000))
    steady = choose_by_slope(evidence_of(signs, candidates), candidates)

    assert not any(candidate.is_tuned for candidate in candidates)
    assert (True, True) == (chosen.is_tuned, steady.is_tuned)
    assert (ClippedIps(10.0, is_tuned=True), ClippedIps(1.0, is_tuned=True)) == (chosen, steady)
