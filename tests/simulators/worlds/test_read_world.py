"""Reading worlds: presets and files, and what is said of faulty ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from banditsvc.usage_error import UsageError
from simulators.worlds.read_world import parse_world, preset_names, read_world
from simulators.worlds.world_spec import WorldSpec

GOOD = """
name = "mine"
days = 28

[population.segments.young]
share = 0.4
moves = { old = 0.01 }

[population.segments.old]
share = 0.6

[population.features.size]
shares = { s = 0.5, m = 0.5 }

[[campaigns]]
campaign_id = "news"
category = "shoes"
base_rate = 0.01
rule = "segment == 'young'"
odds = { segment = { young = 2.0 }, "features.size" = { s = 1.5 }, favourite = { match = 2.0 } }

[[campaigns]]
campaign_id = "late"
start_day = 7
end_day = 14
drift = [{ kind = "linear", odds = 2.0, from_day = 7, to_day = 14, segments = ["old"] }]
trigger = { kind = "first_to_repeat", from_days = 30, to_days = 90 }
"""

FAULTS = [
    ("days = 28", "dais = 28", "dais: is unknown; did you mean days?"),
    ("days = 28", "colour = 1", "colour: is unknown; known are name, description, days"),
    ("days = 28", "days = 0", "days: 0 is not at least 1"),
    ("days = 28", "days = 9999999999", "days: 9999999999 is not at most 10,000"),
    ("days = 28", "days = true", "days: true is not a number"),
    ("days = 28", "customers = 99999999999999", "customers: 99999999999999 is not at most 10,000,000"),
    ("days = 28", "start_date = 9990-01-01", "start_date: 9990-01-01 is not between the years 1970 and 2200"),
    ("days = 28", "faults = { refunded_days = 3e9 }", "faults.refunded_days: 3000000000.0 is not at most 10,000"),
    ("days = 28", "feed = { late_days = 3000000000 }", "feed.late_days: 3000000000 is not at most 10,000"),
    ("days = 28", "population.order_value.sigma = 1000", "population.order_value.sigma: 1000 is not at most 5"),
    (
        "days = 28",
        "population.order_value.median = 1e300",
        "population.order_value.median: 1e+300 is not at most 1,000,000,000",
    ),
    ("days = 28", "population.recency_edges = [true, 2, 3, 4]", "population.recency_edges[0]: true is not a number"),
    ("days = 28", "days = 2.5", "days: 2.5 is not a whole number"),
    ("days = 28", 'start_date = "soon"', "start_date: 'soon' is not a date such as 2026-01-05"),
    ("days = 28", "start_date = 2026-01-06", "start_date: 2026-01-06 is no Monday"),
    ("days = 28", "stateless = 7", "stateless: 7 is not true or false"),
    ("days = 28", "feed = 7", "feed: 7 is not a table"),
    ("days = 28", "caps = 7", "caps: 7 is not a list"),
    ("days = 28", "delay = { never_share = 1.5 }", "delay.never_share: 1.5 is not at most 1"),
    ("days = 28", "faults = { lost_share = -0.1 }", "faults.lost_share: -0.1 is not at least 0"),
    ("days = 28", 'reward = { of = "clicks" }', "reward.of: 'clicks' is unknown; known are conversion, revenue"),
    ("days = 28", "feed = { dead_from_day = 9 }", "feed.dead_to_day: dead_from_day and dead_to_day go together"),
    (
        "days = 28",
        "feed = { dead_from_day = 9, dead_to_day = 8 }",
        "feed.dead_to_day: 8 is not after dead_from_day 9",
    ),
    ('name = "mine"', "", "name: is missing"),
    ('name = "mine"', 'name = "My World"', "name: 'My World' is not of the form"),
    ("old = 0.01", "odl = 0.01", "population.segments.young.moves: 'odl' is none of the segments; did you mean old?"),
    ("share = 0.6", "share = 0.5", "population.segments: the shares sum to 0.9, not to 1"),
    ("s = 0.5", "s = 0.7", "population.features.size.shares: the shares sum to 1.2, not to 1"),
    ("base_rate = 0.01", "base_rate = 1.0", "campaigns[news].base_rate: 1.0 is not below 1"),
    ("base_rate = 0.01", "base_rate = true", "campaigns[news].base_rate: true is not a number"),
    ("young = 2.0", "young = true", "campaigns[news].odds.segment.young: true is not a number"),
    ("base_rate = 0.01", "fixed_priority = 0", "campaigns[news].fixed_priority: 0 is not at least 1"),
    ("base_rate = 0.01", "base_rate = nan", "campaigns[news].base_rate: nan is not above 0"),
    ("base_rate = 0.01", 'base_rate = "low"', "campaigns[news].base_rate: 'low' is not a number"),
    ("base_rate = 0.01", "base_rat = 0.01", "campaigns[news].base_rat: is unknown; did you mean base_rate?"),
    ("base_rate = 0.01", 'kind = "FREQUNCY"', "campaigns[news].kind: 'FREQUNCY' is unknown; did you mean FREQUENCY?"),
    ('"shoes"', '"shoos"', "campaigns[news].category: 'shoos' is none of the categories; did you mean shoes?"),
    (
        "young = 2.0",
        "yuong = 2.0",
        "campaigns[news].odds.segment: 'yuong' is none of the segments; did you mean young?",
    ),
    ("young = 2.0", "young = 0.0", "campaigns[news].odds.segment.young: 0.0 is not above 0 and finite"),
    ("match = 2.0", "mtch = 2.0", "campaigns[news].odds.favourite.mtch: is unknown; did you mean match?"),
    ("favourite", "favorite", "campaigns[news].odds.favorite: is no part of a context; did you mean favourite?"),
    (
        '"features.size"',
        '"features.sise"',
        "campaigns[news].odds.features.sise: there is no feature 'sise'; features are size",
    ),
    ("{ s = 1.5 }", "{ xl = 1.5 }", "campaigns[news].odds.features.size: 'xl' is none of the values; values are s, m"),
    ("segment == 'young'", "segmnt == 'young'", "campaigns[news].rule: Column 1: segmnt is not known"),
    ("end_day = 14", "end_day = 7", "campaigns[late].end_day: 7 is not after start_day 7"),
    ("to_day = 14", "to_day = 7", "campaigns[late].drift[0].to_day: a linear drift needs a to_day after its from_day"),
    ('["old"]', '["odl"]', "campaigns[late].drift[0].segments: 'odl' is none of the segments; did you mean old?"),
    ('"linear"', '"linaer"', "campaigns[late].drift[0].kind: 'linaer' is unknown; did you mean linear?"),
    ("to_days = 90", "to_days = 10", "campaigns[late].trigger.to_days: 10 is not after from_days 30"),
    ('"first_to_repeat"', '"cross_sell"', "campaigns[late].category: is missing; the trigger cross_sell asks"),
    (
        '"first_to_repeat", from_days = 30',
        '"win_back"',
        "campaigns[late].trigger.from_days: must be above 0 for win_back",
    ),
    ('"late"', '"news"', "campaigns[news].campaign_id: the id 'news' is taken; ids are unique"),
    ('"late"', '"NO_CONTACT"', "campaigns[NO_CONTACT].campaign_id: the id 'NO_CONTACT' is taken"),
    ('"late"', '""', "campaigns[1].campaign_id: is empty"),
]


def _read(folder: Path, text: str) -> WorldSpec:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return read_world(str(path))


def _faults(folder: Path, text: str) -> list[str]:
    with pytest.raises(UsageError) as caught:
        _read(folder, text)
    path = f"{folder / 'mine.toml'}: "
    lines = str(caught.value).splitlines()
    assert all(line.startswith(path) for line in lines)
    return [line.removeprefix(path) for line in lines]


def test_a_good_file_is_a_world(tmp_path: Path) -> None:
    """A world's file is read as it is declared."""
    world = _read(tmp_path, GOOD)

    assert ("mine", 28, ["news", "late"]) == (world.name, world.days, [one.campaign_id for one in world.campaigns])


@pytest.mark.parametrize(("good", "bad", "message"), FAULTS)
def test_a_fault_is_told_with_its_place(tmp_path: Path, good: str, bad: str, message: str) -> None:
    """A faulty world is refused by one line that names file, place, fault and remedy."""
    assert good in GOOD

    faults = _faults(tmp_path, GOOD.replace(good, bad, 1))

    assert message == faults[0][: len(message)]
    assert 1 == len(faults)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """A faulty key here hides no unknown name there, nor does a campaign at fault make the list of them too short."""
    text = GOOD.replace("days = 28", "days = 0").replace("0.01\nrule", "3\nrule").replace("end_day = 14", "end_day = 7")
    text = text.replace('"shoes"', '"shoos"').replace('["old"]', '["odl"]')

    assert ["days", "campaigns[news].base_rate", "campaigns[late].end_day", "campaigns[news].category"] == [
        line.split(": ")[0] for line in _faults(tmp_path, text)[:4]
    ]
    assert "campaigns[late].drift[0].segments: 'odl' is" in _faults(tmp_path, text)[4]
    assert 5 == len(_faults(tmp_path, text))


@pytest.mark.parametrize("first", ["news", "news-w02"])
def test_ids_of_weeks_are_taken(tmp_path: Path, first: str) -> None:
    """A campaign that is named like a week of a weekly one is refused, whichever stands first, if the run has that week."""
    both = {"news": 'campaign_id = "news"\nweekly = true\n', "news-w02": 'campaign_id = "news-w02"\n'}
    tables = [f"[[campaigns]]\n{both[name]}" for name in sorted(both, key=lambda name: name != first)]

    found = _faults(tmp_path, 'name = "mine"\n' + "".join(tables))
    assert 1 == len(found)
    assert "campaign_id: the id 'news-w02' is taken; ids are unique, those of the weeks included" in found[0]
    assert _read(tmp_path, 'name = "mine"\ndays = 7\n' + "".join(tables)).campaigns


LONG, TOO_LONG = 128 * "x", 129 * "x"
WEEKLY_LONG = 124 * "x"
"""With -w01 it is one character too long."""


@pytest.mark.parametrize(
    ("good", "bad", "place"),
    [
        ('"late"', f'"{TOO_LONG}"', f"campaigns[{TOO_LONG}].campaign_id"),
        ('"late"', '"a\\nb"', "campaigns[a\nb].campaign_id"),
        ('"late"', f'"{WEEKLY_LONG[:-1]}y"\nweekly = true', None),
        ('"late"', f'"{WEEKLY_LONG}x"\nweekly = true', f"campaigns[{WEEKLY_LONG}x].campaign_id"),
        ('"late"', f'"late"\nfamily = "{TOO_LONG}"', "campaigns[late].family"),
        ('"late"', f'"late"\noffer_kind = "{LONG}"', None),
        ('"late"', f'"late"\noffer_kind = "{TOO_LONG}"', "campaigns[late].offer_kind"),
        ("m = 0.5", f"{TOO_LONG} = 0.5", "population.features.size.shares"),
        ("[population.features.size]", f"[population.features.{TOO_LONG}]", "population.features"),
        ("days = 28", f'days = 28\npopulation.categories = ["shoes", "{TOO_LONG}"]', "population.categories"),
    ],
)
def test_names_are_such_as_the_service_takes(tmp_path: Path, good: str, bad: str, place: str | None) -> None:
    """Ids with the suffix of the week, families, kinds, categories, features and values have at most 128 characters."""
    text = GOOD.replace('"features.size" = { s = 1.5 }, ', "").replace(good, bad, 1)
    if place is None:
        assert "mine" == _read(tmp_path, text).name
        return
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_world(str(path))

    assert str(caught.value).startswith(f"{path}: {place}: ")
    assert "must have " in str(caught.value)


def test_nothing_follows_from_what_is_left_out(tmp_path: Path) -> None:
    """An unknown category is one fault, although without one the odds of a favourite would be another."""
    assert 1 == len(_faults(tmp_path, GOOD.replace('"shoes"', '"shoos"')))


def test_a_world_without_campaigns_is_refused(tmp_path: Path) -> None:
    """A world needs a campaign."""
    assert ["campaigns: needs at least one entry"] == _faults(tmp_path, 'name = "mine"\ncampaigns = []')
    assert ["campaigns: is missing"] == _faults(tmp_path, 'name = "mine"')


def test_a_stateless_world_has_no_after_effects(tmp_path: Path) -> None:
    """A stateless world in which one day matters to another is refused, with every reason."""
    found = _faults(tmp_path, GOOD.replace("days = 28", "stateless = true\npopulation.fatigue.opt_out_growth = 0.1"))

    assert ["population.organic.rate_factor", "population.fatigue.opt_out_growth", "campaigns[late].trigger"] == [
        line.split(": ")[0] for line in found
    ]


def test_a_file_that_is_no_toml_is_told(tmp_path: Path) -> None:
    """A file that is not TOML is refused with its name and the place in it."""
    path = tmp_path / "mine.toml"
    path.write_text("[[campaigns]\n", encoding="utf-8")

    with pytest.raises(UsageError, match=r"mine\.toml is not valid TOML: .*line 1"):
        read_world(str(path))


def test_a_folder_is_no_world(tmp_path: Path) -> None:
    """A path that cannot be read is told with the reason."""
    with pytest.raises(UsageError, match=r"cannot read .*: Is a directory"):
        read_world(str(tmp_path))


def test_a_world_that_does_not_exist_is_told_with_those_that_do() -> None:
    """A name that is neither preset nor file names the nearest preset, or all of them."""
    with pytest.raises(UsageError, match=r"there is no world 'two-segment', and no file.*did you mean two-segments\?"):
        read_world("two-segment")
    with pytest.raises(UsageError, match=r"the worlds that come with the product are .*two-segments"):
        read_world("qqq")


def test_python_is_told_the_same() -> None:
    """A world made of Python tables gets the faults with the name that the caller gives."""
    with pytest.raises(UsageError, match=r"notebook: campaigns\[a\]\.cost: -1 is not at least 0"):
        parse_world({"name": "mine", "campaigns": [{"campaign_id": "a", "cost": -1}]}, "notebook")


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_bears_its_name_and_says_what_it_is_for(name: str) -> None:
    """Every world that comes with the product reads, is called as its file, and describes itself."""
    world = read_world(name)

    assert name == world.name
    assert world.description


@pytest.mark.parametrize("name", preset_names())
def test_base_rates_of_presets_are_those_of_shops(name: str) -> None:
    """Every base rate of a preset is from .2 % to 5 %."""
    assert all(0.002 <= one.base_rate <= 0.05 for one in read_world(name).campaigns)
