"""What customers of a stateless world do when nothing is sent to them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import norm

from banditsvc.core.campaign import NO_CONTACT
from banditsvc.usage_error import UsageError
from simulators.runs.contexts import Contexts
from simulators.runs.policy import Eligible
from simulators.runs.simulate import simulate
from simulators.worlds.read_world import parse_world

DAYS, CUSTOMERS = 40, 500
TABLES: dict[str, Any] = {
    "name": "trial",
    "days": DAYS,
    "customers": CUSTOMERS,
    "stateless": True,
    "visits": {"every_days": 1},
    "no_contact": True,
    "delay": {"mean_days": 0.5},
    "reward": {"of": "revenue", "window_days": 5, "greatest": 1000.0},
    "population": {
        "organic": {"rate_factor": 0.0},
        "segments": {"old": {"share": 0.5}, "new": {"share": 0.5}},
        "order_value": {"median": 20.0, "sigma": 0.0},
    },
    "without_contact": {
        "base_rate": 0.2,
        "odds": {"segment": {"old": 2.0}},
        "order_value": {"median": 10.0, "sigma": 0.0},
    },
    "campaigns": [{"campaign_id": "letter", "base_rate": 0.1}],
}


class Always:
    """Chooses one campaign."""

    def __init__(self, campaign_id: str) -> None:
        self._campaign_id = campaign_id

    def pmf(self, contexts: Contexts, eligible: Eligible) -> NDArray[np.float64]:
        """Returns 1 for that campaign."""
        del contexts
        pmf = np.zeros(eligible.mask.shape)
        pmf[:, eligible.campaign_ids.index(self._campaign_id)] = 1.0
        return pmf


def test_who_is_sent_nothing_buys_by_the_chances_without_contact() -> None:
    """By segment, the mean reward of NO_CONTACT is chance x order value, within the normal bound at level .001."""
    decisions = simulate(parse_world(TABLES, "t"), {"nobody": Always(NO_CONTACT)}, keep_decisions=True).decisions
    settled = decisions.dropna(subset="reward")

    for segment, chance in (("old", 1.0 / 3.0), ("new", 0.2)):
        rewards = settled[settled["segment"] == segment]["reward"]
        error = 10.0 * np.sqrt(chance * (1.0 - chance) / len(rewards))
        assert abs(rewards.mean() - 10.0 * chance) < float(norm.isf(0.0005)) * error


def test_what_is_bought_without_contact_is_organic() -> None:
    """All of the revenue of sending nothing is organic, none of that of contacts; contacts alone have responses."""
    daily = simulate(parse_world(TABLES, "t"), {one: Always(one) for one in (NO_CONTACT, "letter")}).daily
    idle, busy = (
        daily[daily["policy"] == one][["revenue", "organic_revenue", "responses", "contacts"]].to_numpy().sum(axis=0)
        for one in (NO_CONTACT, "letter")
    )

    assert idle[0] == idle[1] > 0.0
    assert [0.0, 0.0] == idle[2:].tolist()
    assert busy[1] == 0.0 < busy[0]


def test_the_oracle_knows_that_a_contact_can_do_harm() -> None:
    """Where contacts sell less than silence, the best expected reward is that of NO_CONTACT throughout."""
    frames = simulate(parse_world(TABLES, "t"), {"nobody": Always(NO_CONTACT)})

    assert frames.daily["best_expected"].to_list() == pytest.approx(frames.daily["expected_reward"].to_list())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stateless": False}, "without_contact: is of stateless worlds alone: others have population.organic"),
        ({"no_contact": False}, "no_contact: must be true where without_contact says what comes of sending nothing"),
        (
            {"without_contact": {"base_rate": 0.2, "odds": {"segment": {"young": 2.0}}}},
            "without_contact.odds.segment: 'young' is none of the segments; segments are old, new",
        ),
        (
            {"without_contact": {"base_rate": 0.2, "odds": {"favourite": {"match": 2.0}}}},
            "without_contact.odds.favourite: has no meaning: there is no campaign to match",
        ),
    ],
)
def test_a_faulty_table_is_refused_with_its_place(change: dict[str, object], message: str) -> None:
    """A world whose without_contact cannot be is refused, and the message names the place."""
    with pytest.raises(UsageError, match=message):
        parse_world({**TABLES, **change}, "t")


def test_who_is_over_a_volume_limit_does_as_without_contact() -> None:
    """Those for whom no contact is left buy as those to whom a policy sends nothing, on the same draws."""
    nobody = simulate(parse_world(TABLES, "t"), {"one": Always(NO_CONTACT)}).daily
    limited = simulate(parse_world({**TABLES, "max_contacts_a_day": 1}, "t"), {"one": Always("letter")}).daily

    assert limited["contacts"].to_list() == [1] * DAYS
    assert abs(nobody["orders"].sum() - limited["orders"].sum()) <= DAYS
