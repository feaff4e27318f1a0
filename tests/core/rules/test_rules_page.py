"""What docs/rules.md says, checked line by line."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from banditsvc.core.campaign import Campaign, CampaignKind, CampaignType
from banditsvc.core.context import CustomerContext, FeatureValue, LifecycleStage
from banditsvc.core.rejection import FunnelStage
from banditsvc.core.rule import FeatureType
from banditsvc.core.rules import RuleFault, check_satisfiable, compile_rule, parse_rule
from banditsvc.core.rules.fields import BUILT_IN_NAMES, Field, Source
from banditsvc.core.rules.reading import LONGEST_RULE
from banditsvc.core.rules.vocabulary import BUILT_IN, OF_CAMPAIGN
from tests.core.rules.rule_cases import asked

PAGE = (Path(__file__).parents[3] / "docs" / "rules.md").read_text()
BLOCKS = re.findall(r"^```text\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
SCHEMA = {line.rsplit(maxsplit=1)[0].strip(): FeatureType[line.split()[-1]] for line in BLOCKS[1].splitlines()}
FAULTS = [
    tuple(pair.split("\n  ")) for block in BLOCKS[2:] for pair in re.findall(r"^\S.*\n  .*$", block, re.MULTILINE)
]


def table(heading: str) -> list[list[str]]:
    """Returns the cells of the table whose head begins so."""
    lines = PAGE[PAGE.index(f"| {heading} |") :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def quoted(cell: str) -> list[str]:
    """Returns what a cell has in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def customer(cell: str) -> CustomerContext:
    """Returns the customer that a cell of the table of unknowns describes."""
    lines = "" if cell == "nothing known" else "\n".join(cell.strip("`").split("; "))
    known = tomllib.loads(lines)
    further: dict[str, FeatureValue] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in known.items() if name in SCHEMA
    }
    return CustomerContext(features=further, **{name: known[name] for name in known if name not in SCHEMA})


def field_of(name: str) -> Field:
    """Returns the field that a name of the page means."""
    (field,) = parse_rule(f"known({name})", SCHEMA).fields
    return field


def test_every_name_is_in_the_table() -> None:
    """The table names every field, with its type, its bounds and when it is unknown."""
    named = {name: (type_, text) for names, type_, text in table("name") for name in quoted(names)}
    every = [*BUILT_IN, 'favourites["shoes"]', *(field.written for field in OF_CAMPAIGN.values())]
    assert {*BUILT_IN, "campaign", "features", "known"} == BUILT_IN_NAMES
    assert every == sorted(named, key=every.index)
    for name, (type_, text) in named.items():
        field = field_of(name)
        bounds = {(0.0, float("inf")): ", at least 0", (1.0, 5.0): ", 1 to 5", (0.5, 2.0): ", 0.5 to 2"}
        says = field.value_type.value.removeprefix("a ") + bounds.get((field.least, field.greatest), "")
        assert says == type_
        assert {*quoted(text)} <= {*LifecycleStage.__members__, *CampaignType.__members__, *CampaignKind.__members__}
        is_unknown = "unknown" in text
        assert is_unknown <= (not compile_rule(parse_rule(f"known({name})", SCHEMA))(NOBODY, asked(), PLAIN))


NOBODY, PLAIN = CustomerContext(), Campaign(campaign_id="plain")


def test_names_are_complete() -> None:
    """Where the page lists all names of a field it lists them all."""
    listed = {quoted(names)[0]: tuple(quoted(text)) for names, type_, text in table("name") if type_ == "name"}
    assert listed["lifecycle_stage"] == tuple(LifecycleStage.__members__)
    assert listed["campaign.type"] == tuple(CampaignType.__members__)


@pytest.mark.parametrize("rule", [BLOCKS[0].strip(), *(quoted(row[0])[0] for row in table("written"))])
def test_every_example_can_hold(rule: str) -> None:
    """What the page shows reads, and can hold."""
    check_satisfiable([parse_rule(rule, SCHEMA)])


@pytest.mark.parametrize(("rule", "about", "holds"), table("rule"))
def test_the_unknown_is_as_the_page_says(rule: str, about: str, holds: str) -> None:
    """Each row of the table of unknowns is so."""
    compiled = compile_rule(parse_rule(rule.strip("`"), SCHEMA))
    assert (holds == "yes") == compiled(customer(about), asked(), PLAIN)


@pytest.mark.parametrize(("_aim", "rule", "stage"), table("aim"))
def test_the_three_rules_are_careful(_aim: str, rule: str, stage: str) -> None:
    """Each of the three reads, has a stage of the funnel, and lets no e-mail to a customer of whom nothing is known."""
    email = Campaign(campaign_id="offer", channel="email", value=1.0)
    assert stage in FunnelStage.__members__
    assert not compile_rule(parse_rule(rule.strip("`"), SCHEMA))(NOBODY, asked(), email)


def test_a_push_message_stays_allowed() -> None:
    """The rule on e-mail drops no push message."""
    rule = quoted(table("aim")[1][1])[0]
    assert compile_rule(parse_rule(rule, SCHEMA))(NOBODY, asked(), Campaign(campaign_id="offer", channel="push"))


@pytest.mark.parametrize(("rule", "expected"), FAULTS)
def test_faults_read_as_shown(rule: str, expected: str) -> None:
    """Each fault on the page is the one that is given."""
    with pytest.raises(RuleFault) as caught:
        check_satisfiable([parse_rule(rule, SCHEMA)])
    assert expected == str(caught.value)


def test_what_takes_algebra_is_let_through() -> None:
    """The contradiction that the page says is not found is not found."""
    check_satisfiable([parse_rule("monetary > 2 * frequency and monetary < frequency", SCHEMA)])


def test_the_rest_of_the_page() -> None:
    """Precedence, capital letters, length and what pins cannot name are as the page says."""
    assert f"{LONGEST_RULE:,} characters" in PAGE
    bare, clear = "open_issue or not r > 3 and f > 3", "open_issue or ((not (r > 3)) and f > 3)"
    assert parse_rule(bare, SCHEMA).condition == parse_rule(clear, SCHEMA).condition
    gold = CustomerContext(segment="Gold")
    assert not compile_rule(parse_rule("segment == 'gold'", SCHEMA))(gold, asked(), None)
    assert parse_rule("not open_issue", SCHEMA).condition == parse_rule("open_issue == False", SCHEMA).condition
    with pytest.raises(RuleFault, match="about the customer alone"):
        parse_rule("campaign.value > 1", SCHEMA, of_campaign=False)
    assert {field.source for field in BUILT_IN.values()} == {Source.CONTEXT, Source.REQUEST}
