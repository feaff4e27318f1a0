"""Column maps: what is accepted, and where a faulty one is said to be at fault."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from simulators.column_map import BUILT_IN_MAPS, MapError, load_column_map, parse_column_map

GOOD = """
currency = "EUR"
arm_columns = ["arm"]

[[arms]]
cells = ["a"]
probability = 0.25
campaign = { campaign_id = "first", kind = "PROMOTION" }

[[arms]]
cells = ["b"]
probability = "3/4"
campaign = { campaign_id = "NO_CONTACT" }

[[context]]
column = "age"
to = "features.age"

[rewards.bought]
outcome = "CONVERSION"
measure = "ANY"
greatest = 1.0
"""

FAULTS = [
    ('currency = "EUR"', "", "map: currency: is missing"),
    ('currency = "EUR"', 'currency = "EUR"\ncolour = 1', "map: colour: is unknown; known are currency, arm_columns"),
    ("probability = 0.25", "probability = 0.5", "the probabilities of the arms sum to 1.25, not to 1"),
    ("probability = 0.25", "probability = 0", "map: arms[0].probability: 0 is not above 0 and at most 1"),
    ('"3/4"', '"often"', "map: arms[1].probability: 'often' is no probability"),
    ('cells = ["b"]', 'cells = ["a"]', "two arms have the same cells"),
    ('cells = ["b"]', 'cells = ["b", "c"]', "arms[1].cells must have one value for each of arm_columns"),
    ('"NO_CONTACT"', '"first"', "two arms have the same campaign_id"),
    ('kind = "PROMOTION"', 'kind = "SALE"', "map: arms[0].campaign: kind: 'SALE' is none of"),
    ('kind = "PROMOTION"', 'knid = "PROMOTION"', "map: arms[0].campaign: knid: is unknown; did you mean kind?"),
    ('"features.age"', '"age"', "map: context[0].to: 'age' is no part of a context"),
    ('"features.age"', '"segment"', "map: context[0]: segment takes the kind text, not number"),
    ('to = "features.age"', 'to = "features.age"\nscale = 0', "map: context[0].scale: 0 is not above 0"),
    ('outcome = "CONVERSION"', 'outcome = "SALE"', "map: rewards.bought.outcome: 'SALE' is none of"),
    ('outcome = "CONVERSION"', 'outcome = "CUSTOM"', "map: rewards.bought: custom_type belongs to the outcome CUSTOM"),
    ("greatest = 1.0", "greatest = -1.0", "map: rewards.bought.greatest: -1.0 is not above 0"),
    ("[[context]]", "[context", "map is not valid TOML"),
]


@pytest.mark.parametrize("name", BUILT_IN_MAPS)
def test_built_in_maps_are_whole(name: str) -> None:
    """The probabilities of a built-in map sum to 1 exactly, and one of its arms is sending nothing."""
    columns = load_column_map(name)

    assert sum((arm.probability for arm in columns.arms), Fraction(0)) == 1
    assert columns.allows_no_contact


def test_a_good_map_is_read() -> None:
    """A map gives each arm its campaign and exact probability, and a reward the column of its own name."""
    columns = parse_column_map(GOOD, "map")

    assert [("first", Fraction(1, 4)), ("NO_CONTACT", Fraction(3, 4))] == [
        (arm.campaign_id, arm.probability) for arm in columns.arms
    ]
    assert columns.reward("bought").column == "bought"


@pytest.mark.parametrize(("good", "bad", "message"), FAULTS)
def test_a_fault_is_named_with_its_place(good: str, bad: str, message: str) -> None:
    """A faulty map is refused with a message that names the place."""
    assert good in GOOD

    with pytest.raises(MapError) as caught:
        parse_column_map(GOOD.replace(good, bad, 1), "map")

    assert message in str(caught.value)


def test_every_fault_is_named() -> None:
    """Several faults are told at once."""
    with pytest.raises(MapError) as caught:
        parse_column_map(GOOD.replace('"CONVERSION"', '"SALE"').replace('"EUR"', "5"), "map")

    assert {"currency", "rewards.bought.outcome"} == {line.split(": ")[1] for line in str(caught.value).splitlines()}


def test_two_columns_cannot_be_one_part_of_the_context() -> None:
    """Two columns that go to the same part of the context are refused."""
    twice = '[[context]]\ncolumn = "size"\nto = "features.age"\n\n[rewards.bought]'

    with pytest.raises(MapError, match=r"two columns of context go to features\.age"):
        parse_column_map(GOOD.replace("[rewards.bought]", twice), "map")


def test_an_unknown_reward_is_told_with_the_known_ones() -> None:
    """Asking for a reward that the map lacks names those that it has."""
    with pytest.raises(MapError, match="no reward 'revenue'; it has bought"):
        parse_column_map(GOOD, "map").reward("revenue")


def test_any_other_name_is_a_path(tmp_path: Path) -> None:
    """A name that is no built-in map is the path of one; a missing file is told with the built-in names."""
    path = tmp_path / "mine.toml"
    path.write_text(GOOD, encoding="utf-8")

    assert load_column_map(str(path)) == parse_column_map(GOOD, "map")
    with pytest.raises(MapError, match="built-in column maps are hillstrom and charitable"):
        load_column_map(str(tmp_path / "yours.toml"))


def test_a_reward_goes_by_its_name_or_its_column() -> None:
    """A reward of a column map is found by the name that the map gives it and by the column of the file."""
    columns = load_column_map("charitable")

    assert columns.reward("gave") == columns.reward("out_gavedum")
    assert load_column_map("hillstrom").reward("visit").column == "visit"
