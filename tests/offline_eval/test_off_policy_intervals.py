"""Intervals of off-policy values and differences: what they promise, refuse, and equal."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from offline_eval.estimators import Sample
from offline_eval.estimators.weighted_sums import WeightedSums
from offline_eval.intervals import Floats
from offline_eval.intervals.off_policy import (
    Guarantee,
    Method,
    OffPolicySpec,
    PromisedInterval,
    UnitSums,
    bootstrap_ends,
    cressie_read_ends,
    cressie_read_p_value,
    interval_of_difference,
    interval_of_sums,
    interval_of_value,
    tuned_interval,
    units_of_value,
)
from tests.offline_eval.off_policy_worlds import MILD, RARE, RETURNING

laws = settings(max_examples=60, deadline=None, derandomize=True)
LEVEL = 0.001
row = st.tuples(st.sampled_from([0.0, 0.5, 1.0, 1.0 / 0.3, 20.0]), st.sampled_from([-1.0, 0.0, 0.0, 1.0, 2.0]))
rows = st.lists(row, min_size=1, max_size=40)


def _sample(rows: list[tuple[float, float]]) -> Sample:
    weight, reward = np.array(rows).T
    return Sample(weight=weight, reward=reward, greatest_weight=20.0, reward_range=(-1.0, 2.0))


def _ends(found: PromisedInterval) -> tuple[float, float]:
    assert found.interval is not None, found.refusal
    return found.interval.low, found.interval.high


@laws
@given(rows, st.sampled_from([0.5, 0.9, 0.95]))
def test_a_value_on_the_edge_has_the_p_value_of_the_level(rows: list[tuple[float, float]], level: float) -> None:
    """An end within the range of rewards has the p-value 1 - level: test and interval are one."""
    sums = UnitSums.of(units_of_value(_sample(rows)))
    for end in cressie_read_ends(sums, level):
        if -1.0 < end < 2.0:
            assert 1.0 - level == pytest.approx(cressie_read_p_value(sums, end), abs=1e-6)


@laws
@given(rows, st.floats(-3.0, 3.0), st.floats(0.1, 10.0))
def test_the_unit_of_rewards_does_not_matter(rows: list[tuple[float, float]], shift: float, scale: float) -> None:
    """With rewards on another scale and from another zero, the default interval is the same on that scale."""
    sample = _sample(rows)
    other = replace(sample, reward=shift + scale * sample.reward, reward_range=(shift - scale, shift + 2.0 * scale))
    expected = [shift + scale * end for end in _ends(interval_of_value(sample))]

    assert expected == pytest.approx(_ends(interval_of_value(other)), abs=1e-6)


@laws
@given(rows)
def test_customers_who_come_once_are_decisions(rows: list[tuple[float, float]]) -> None:
    """Where every customer has one decision, an interval by customers is that by decisions."""
    sample = _sample(rows)
    alone = replace(sample, unit=np.arange(len(rows), dtype=np.int32)[::-1].copy())
    for method in Method:
        expected = _ends(interval_of_value(sample, OffPolicySpec(method=method)))
        for spec in (OffPolicySpec(method=method), OffPolicySpec(method=method, most_decisions=1)):
            assert expected == pytest.approx(_ends(interval_of_value(alone, spec)), abs=1e-6)


@laws
@given(rows, rows)
def test_days_add_up(one: list[tuple[float, float]], other: list[tuple[float, float]]) -> None:
    """The interval of the sums of two days added up is that of both days at once."""
    added = WeightedSums.of(_sample(one)) + WeightedSums.of(_sample(other))

    assert _ends(interval_of_value(_sample(one + other))) == pytest.approx(_ends(interval_of_sums(added)), abs=1e-9)


def test_intervals_shrink() -> None:
    """Every interval is narrower with ten times the decisions, and with a lower level."""
    few, many = (replace(MILD, rows=rows).logs(1, 1)[0] for rows in (2_000, 20_000))
    for method in Method:
        low, high = _ends(interval_of_value(few, OffPolicySpec(method=method)))
        for other in (
            interval_of_value(many, OffPolicySpec(method=method)),
            interval_of_value(few, OffPolicySpec(method=method, level=0.5)),
        ):
            assert _ends(other)[1] - _ends(other)[0] < high - low


def test_a_rare_heavy_decision_is_reckoned_with() -> None:
    """Before the first click with a heavy weight the normal interval has no width, and the default one reaches the truth."""
    nothing = next(log for log in RARE.logs(2, 50) if not (log.weight * log.reward).any())

    assert (0.0, 0.0) == _ends(interval_of_value(nothing, OffPolicySpec(method=Method.NORMAL)))
    assert RARE.truth < _ends(interval_of_value(nothing))[1]


def test_a_policy_that_is_the_logging_one_is_not_sure_of_nothing() -> None:
    """Where all weights are 1 and nobody has bought, the interval has a width; the published one has none."""
    sample = Sample(weight=np.ones(1_000), reward=np.zeros(1_000), greatest_weight=100.0, reward_range=(0.0, 1.0))
    published = cressie_read_ends(UnitSums.of(units_of_value(sample)), 0.95, at_mean=False)

    assert pytest.approx(0.0, abs=1e-6) == published[1]
    assert 2.0 / 1_000 < _ends(interval_of_value(sample))[1] < 4.0 / 1_000


def _differing(seed: int, decisions: int) -> tuple[Sample, Sample]:
    """Returns two policies that agree in 95 of 100 decisions, and differ by .01 in what they are worth."""
    rng = np.random.default_rng(seed)
    arm = rng.integers(0, 2, decisions)
    apart = rng.random(decisions) < 0.05
    reward = (rng.random(decisions) < np.where(apart & (arm == 1), 0.5, 0.3)).astype(np.float64)
    target, base = np.where(arm == 1, 2.0, 0.0), np.where(arm == np.where(apart, 0, 1), 2.0, 0.0)
    sample = Sample(weight=target, reward=reward, greatest_weight=2.0, reward_range=(0.0, 1.0))
    return sample, replace(sample, weight=base)


def test_differences_are_paired() -> None:
    """The interval of a difference of policies that mostly agree is far narrower than those of their values."""
    target, base = _differing(3, 5_000)
    for method in (Method.CRESSIE_READ, Method.NORMAL, Method.BOOTSTRAP, Method.EMPIRICAL_BERNSTEIN, Method.BETTING):
        spec = OffPolicySpec(method=method)
        paired, single = _ends(interval_of_difference(target, base, spec)), _ends(interval_of_value(target, spec))
        assert paired[0] <= 0.01 <= paired[1]
        assert paired[1] - paired[0] < 0.8 * (single[1] - single[0])


def test_differences_cover() -> None:
    """In 200 logs the default interval of a difference holds the truth in .94 of them, less the margin at .001."""
    found = [interval_of_difference(*_differing(seed, 1_000)).interval for seed in range(200)]

    assert sum(one is not None and one.contains(0.01) for one in found) >= binom.ppf(LEVEL, 200, 0.94)


def test_a_policy_does_not_differ_from_itself() -> None:
    """The paired interval of a policy and itself is nearly nothing around 0, in either order it is mirrored."""
    target, base = _differing(4, 2_000)
    low, high = _ends(interval_of_difference(target, base))

    assert (-high, -low) == pytest.approx(_ends(interval_of_difference(base, target)), abs=1e-9)
    assert (0.0, 0.0) == pytest.approx(_ends(interval_of_difference(base, base)), abs=1e-9)


def test_customers_widen() -> None:
    """Where customers come again and are alike, their intervals are wider than those of as many strangers."""
    log = RETURNING.logs(5, 1)[0]
    for method in (Method.CRESSIE_READ, Method.NORMAL, Method.BOOTSTRAP, Method.BETTING):
        spec = OffPolicySpec(method=method)
        theirs, strangers = (_ends(interval_of_value(one, spec)) for one in (log, replace(log, unit=None)))
        assert theirs[1] - theirs[0] > 1.15 * (strangers[1] - strangers[0])


def _modeled(sample: Sample) -> Sample:
    context = np.random.default_rng(6).random(len(sample))
    reward = np.clip(10.0 * context + sample.reward, 0.0, 11.0)
    return replace(
        sample, reward=reward, modeled_choice=10.0 * context, modeled_target=10.0 * context, reward_range=(0.0, 11.0)
    )


def test_an_outcome_model_narrows() -> None:
    """Where a model foresees most of what differs, the interval that takes it in is narrower, and holds the truth."""
    sample = _modeled(MILD.logs(7, 1)[0])
    for method in (Method.CRESSIE_READ, Method.NORMAL, Method.BOOTSTRAP):
        plain = _ends(interval_of_value(sample, OffPolicySpec(method=method)))
        modeled = _ends(interval_of_value(sample, OffPolicySpec(method=method, modeled=True)))
        assert modeled[0] <= 5.0 + MILD.truth <= modeled[1]
        assert modeled[1] - modeled[0] < 0.7 * (plain[1] - plain[0])


def test_the_bootstrap_is_that_of_all_rows() -> None:
    """Resampling the rows that brought something alone gives the percentiles of resampling all rows, within 6 %."""
    units = units_of_value(MILD.logs(8, 1)[0])
    rng = np.random.default_rng(9)
    means: Floats = np.array([units.gain[rng.integers(0, len(units), len(units))].mean() for _ in range(4_000)])
    ends, all_rows = bootstrap_ends(units, 0.8, 4_000), np.percentile(means, [10.0, 90.0])

    assert all_rows == pytest.approx(ends, abs=0.06 * float(all_rows[1] - all_rows[0]))


def test_every_interval_says_what_it_promises() -> None:
    """A promise tells the level, whether it is proved, how often it may be read, and what is assumed, in a sentence."""
    log, returning = MILD.logs(10, 1)[0], RETURNING.logs(10, 1)[0]
    promises = {method: interval_of_value(log, OffPolicySpec(method=method)).promise for method in Method}
    grouped = interval_of_value(returning).promise

    assert {
        Method.CRESSIE_READ: Guarantee.ASYMPTOTIC,
        Method.NORMAL: Guarantee.ASYMPTOTIC,
        Method.BOOTSTRAP: Guarantee.ASYMPTOTIC,
        Method.CLOPPER_PEARSON: Guarantee.NONE,
        Method.EMPIRICAL_BERNSTEIN: Guarantee.FINITE_SAMPLE,
        Method.BETTING: Guarantee.FINITE_SAMPLE,
    } == {method: promise.guarantee for method, promise in promises.items() if promise is not None}
    assert (
        "In 0.95 of cases it holds the truth, read as often as one likes, at every sample size, if the value stays the "
        "same, whatever has come before, logged probabilities are right, no weight or reward can lie beyond its bound."
    ) == str(promises[Method.BETTING])
    assert "no customer has more than 6 decisions" in str(grouped)


BOUNDED = [Method.CRESSIE_READ, Method.CLOPPER_PEARSON, Method.EMPIRICAL_BERNSTEIN, Method.BETTING]


@pytest.mark.parametrize("method", BOUNDED)
def test_rewards_without_a_bound_are_refused(method: Method) -> None:
    """Where spend has no greatest value, what needs one is refused, and the reason names the bound that is missing."""
    log = replace(MILD.logs(11, 1)[0], reward_range=(0.0, math.inf))
    found = interval_of_value(log, OffPolicySpec(method=method))

    assert found.interval is None
    assert "the greatest reward" in found.refusal
    assert not found.is_above(-1.0)


def test_weights_without_a_bound() -> None:
    """Without the greatest weight the default interval is wider, the others that need it are refused, two need none."""
    log = MILD.logs(12, 1)[0]
    known, unknown = interval_of_value(log), interval_of_value(replace(log, greatest_weight=math.inf))
    others = [
        interval_of_value(replace(log, greatest_weight=math.inf), OffPolicySpec(method=method)) for method in Method
    ]

    assert _ends(unknown)[1] - _ends(unknown)[0] > 1.5 * (_ends(known)[1] - _ends(known)[0])
    assert {Method.CRESSIE_READ, Method.NORMAL, Method.BOOTSTRAP} == {one.method for one in others if one.interval}
    assert {True} == {"the greatest weight is not known" in one.refusal for one in others if not one.interval}


def test_what_breaks_its_bounds_is_refused() -> None:
    """A weight above the greatest, a reward out of range, more decisions than there can be, and no data are refused."""
    log, returning = MILD.logs(13, 1)[0], RETURNING.logs(13, 1)[0]
    none = Sample(weight=np.zeros(0), reward=np.zeros(0), greatest_weight=5.0, reward_range=(0.0, 1.0))
    found = [
        interval_of_value(replace(log, greatest_weight=2.0)).refusal,
        interval_of_value(replace(log, reward_range=(0.0, 0.5))).refusal,
        interval_of_value(returning, OffPolicySpec(most_decisions=2)).refusal,
        interval_of_value(none).refusal,
        interval_of_sums(WeightedSums.of(none)).refusal,
        interval_of_value(log, OffPolicySpec(modeled=True)).refusal,
        interval_of_value(_modeled(log), OffPolicySpec(method=Method.BETTING, modeled=True)).refusal,
        interval_of_difference(log, returning).refusal,
        interval_of_difference(log, log, OffPolicySpec(method=Method.CLOPPER_PEARSON)).refusal,
        interval_of_value(returning, OffPolicySpec(method=Method.EMPIRICAL_BERNSTEIN)).refusal,
        interval_of_value(replace(log, reward=np.ones(len(log)), reward_range=(1.0, 1.0))).refusal,
        interval_of_value(replace(log, weight=0.1 * log.weight, greatest_weight=0.95)).refusal,
    ]
    expected = [
        "above the greatest, 2",
        "beyond the range 0 to 0.5",
        "more than the 2",
        "no decisions",
        "no decisions",
        "no outcome model",
        "takes no outcome model",
        "the same decisions in the same order",
        "not for differences",
        "not for customers",
        "nothing to find out",
        "below 1",
    ]

    assert [True] * len(expected) == [part in one for part, one in zip(expected, found, strict=True)], found
    with pytest.raises(ValueError, match="level"):
        OffPolicySpec(level=1.0)


def test_thin_data_conclude_nothing() -> None:
    """Twenty heavy decisions have an interval from which nothing is concluded; 200 conclude, and so does a proved bound."""
    thin, enough = (replace(RARE, rows=rows).logs(14, 1)[0] for rows in (2_000, 40_000))
    proved = interval_of_value(thin, OffPolicySpec(method=Method.BETTING))

    assert "decisions, by weight" in interval_of_value(thin).thin
    assert (False, True, True) == tuple(
        one.is_below(0.999) for one in (interval_of_value(thin), interval_of_value(enough), proved)
    )
    assert "decisions, by weight" in interval_of_sums(WeightedSums.of(thin)).thin
    assert interval_of_value(enough).is_above(-0.5)


def test_tuned_estimators_have_no_interval() -> None:
    """What was chosen on the same decisions has no certified interval, and the reason names it."""
    found = tuned_interval("the clipping weight of Switch-DR")

    assert found.interval is None
    assert found.promise is None
    assert found.refusal.startswith("the clipping weight of Switch-DR was chosen")
