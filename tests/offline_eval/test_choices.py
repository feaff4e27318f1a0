"""Reading choices from the joined table."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.levers import weighted_rewards
from offline_eval.choices import UNKNOWN, Best, Choices, read_choices
from tests.offline_eval.joined_row import Row, joined_batch, joined_row

FAMILIES = {"a": "promo", "b": "promo", "c": "", "NO_CONTACT": ""}
STAGES = ("CONSENT", "CONTACT_POLICY")


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    """Draws decisions with entries, treatments, levers, prices, ensembles and rejections, or without any."""
    return [draw(_row(number)) for number in range(draw(st.integers(0, 8)))]


@st.composite
def _row(draw: st.DrawFn, number: int) -> Row:
    entries = draw(
        st.lists(st.tuples(st.sampled_from(["a", "b", "c", "d"]), st.sampled_from(["", "x", "y"])), unique=True)
    )
    entries.sort()
    size = len(entries)
    values = st.sampled_from([0.0, 0.25, 0.5, -0.5, 1.0])
    shares = [1.0 / max(size, 1)] * size if draw(st.booleans()) else [float(place == 0) for place in range(size)]
    place = draw(st.integers(0, size - 1)) if size and draw(st.booleans()) else None
    members = draw(st.integers(0, 2))
    return joined_row(
        number,
        chances=[(one, share) for (one, _), share in zip(entries, shares, strict=True)],
        chosen=None if place is None else entries[place][0],
        treatment_id=None if place is None else entries[place][1] or None,
        treatments=[one for _, one in entries],
        predicted_rewards=[[draw(values) for _ in range(size)] for _ in range(members)],
        levers=[draw(st.sampled_from([0.5, 1.0, 2.0])) for _ in range(size)] if draw(st.booleans()) else [],
        prices=[draw(st.sampled_from([-0.25, 0.0, 0.5])) for _ in range(size)] if draw(st.booleans()) else [],
        customer_id=f"c{draw(st.integers(0, 3))}",
        segment=draw(st.sampled_from([None, "s", "t"])),
        is_test=draw(st.booleans()),
        reward=draw(st.sampled_from([None, 0.0, 2.5])),
        rejections=[
            {"campaign_id": draw(st.sampled_from(["c", "NO_CONTACT"])), "stage": stage, "rule": "r", "reason": "why"}
            for stage in draw(st.lists(st.sampled_from(STAGES), max_size=3))
        ],
    )


def _naive(row: Row) -> dict[str, Any]:
    """Returns what is to be known of one decision, reckoned entry by entry."""
    family = [FAMILIES.get(one) or one for one in row["eligible"]]
    shares = row["selection_probabilities"]
    offers = {one: sum(p for f, p in zip(family, shares, strict=True) if f == one) for one in sorted(set(family))}
    chosen = None if row["campaign_id"] is None else FAMILIES.get(row["campaign_id"]) or row["campaign_id"]
    vectors = row["predicted_rewards"]
    found: dict[str, Any] = {"chosen": chosen, "offers": offers}
    found["losses"] = {f"{one['stage']} r" for one in row["rejections"] if one["campaign_id"] != "NO_CONTACT"}
    if vectors and family:
        predicted = np.mean(vectors, axis=0)
        levers = np.array(row["levers"] or [1.0] * len(family))
        prices = np.array(row["prices"] or [0.0] * len(family))
        found["best"] = _naive_best(row, predicted, weighted_rewards(predicted, levers) - prices)
        found["best_unlevered"] = _naive_best(row, predicted, predicted - prices)
    return found


def _naive_best(row: Row, predicted: Any, values: Any) -> tuple[float, bool, float]:
    best = [place for place, value in enumerate(values) if value == max(values)]
    shares = row["selection_probabilities"]
    share = sum(shares[place] for place in best)
    pairs = list(zip(row["eligible"], row["treatments"], strict=True))
    chosen = (row["campaign_id"], row["treatment_id"] or "")
    weights = [shares[place] if share else 1.0 for place in best]
    mean = sum(w * predicted[place] for w, place in zip(weights, best, strict=True)) / sum(weights)
    return share, chosen in [pairs[place] for place in best], mean


def _told(choices: Choices, place: int) -> dict[str, Any]:
    """Returns the same as it was read."""
    own = choices.offers.decision == place
    names = [choices.families[code] for code in choices.offers.family[own]]
    offers = dict(zip(names, choices.offers.probability[own].tolist(), strict=True))
    code = int(choices.family[place])
    losses = choices.losses
    found: dict[str, Any] = {
        "chosen": None if code < 0 else choices.families[code],
        "offers": dict(sorted(offers.items())),
        "losses": {losses.rule.names[one] for one in losses.rule.codes[losses.decision == place]},
    }
    for name in ("best", "best_unlevered"):
        best: Best = getattr(choices, name)
        if not math.isnan(best.probability[place]):
            found[name] = (
                float(best.probability[place]),
                bool(best.was_chosen[place]),
                float(best.predicted[place]),
            )
    return found


@settings(max_examples=150, deadline=None, derandomize=True)
@given(rows(), st.integers(1, 4))
def test_choices_are_the_decisions_one_by_one(made: list[Row], size: int) -> None:
    """However the log is cut into batches, each decision has what a loop over its entries finds; tests have none."""
    batches = [joined_batch(made[start : start + size]) for start in range(0, len(made), size)]
    choices = read_choices(batches, FAMILIES)
    kept = [row for row in made if not row["is_test"]]

    assert (len(kept), len(made) - len(kept)) == (len(choices), choices.tests)
    for place, row in enumerate(kept):
        expected, told = _naive(row), _told(choices, place)
        for name in ("best", "best_unlevered"):
            assert expected.pop(name, None) == pytest.approx(told.pop(name, None))
        assert expected.pop("offers") == pytest.approx(told.pop("offers"))
        assert expected == told
        assert (row["segment"] or UNKNOWN) == choices.segment.names[choices.segment.codes[place]]
        assert (row["reward"] is not None) == choices.is_mature[place]
        if expected["chosen"] is not None:
            share = _naive(row)["offers"][expected["chosen"]]
            assert share == pytest.approx(choices.family_probability[place])


@settings(max_examples=50, deadline=None, derandomize=True)
@given(rows(), st.data())
def test_chosen_rows_are_as_though_read_alone(made: list[Row], data: st.DataObject) -> None:
    """Some of the decisions have the offers, losses and values that reading them alone gives."""
    made = [row | {"is_test": False} for row in made]
    chosen = np.array([data.draw(st.booleans()) for _ in made], dtype=np.bool_)
    part = read_choices([joined_batch(made)], FAMILIES).where(chosen)
    alone = read_choices([joined_batch(row for row, keep in zip(made, chosen, strict=True) if keep)], FAMILIES)

    assert len(alone) == len(part)
    for place in range(len(part)):
        assert _told(alone, place) == _told(part, place)
    assert alone.reward.tolist() == pytest.approx(part.reward.tolist(), nan_ok=True)


def test_merged_ids_are_one_customer() -> None:
    """Ids that were merged have the number of the customer that they stand for."""
    made = [joined_row(0, customer_id="old"), joined_row(1, customer_id="new"), joined_row(2, customer_id="other")]
    customer = read_choices(
        [joined_batch(made)], {}, customer_of=lambda one: "new" if one == "old" else one
    ).customer.tolist()

    assert customer[0] == customer[1] != customer[2]


def test_a_campaign_of_the_request_has_its_family() -> None:
    """A campaign given with the request has the family given there; the catalogue's word goes first."""
    inline = [{"campaign_id": "w48", "family": "promo"}, {"campaign_id": "a", "family": "mine"}]
    made = joined_row(chances=[("w48", 0.5), ("a", 0.25), ("b", 0.25)], inline_campaigns=inline)
    choices = read_choices([joined_batch([made])], {"a": "", "b": "promo"})

    assert {"promo": 0.75, "a": 0.25} == _told(choices, 0)["offers"]


def test_decisions_are_taken_by_time() -> None:
    """Between two moments are the decisions recorded at since <= time < until."""
    choices = read_choices([joined_batch(joined_row(number) for number in range(5))], {})
    times = choices.record_time_us

    assert times[1:3].tolist() == choices.between(int(times[1]), int(times[3])).record_time_us.tolist()
    assert 5 == len(choices.between(None, None))
