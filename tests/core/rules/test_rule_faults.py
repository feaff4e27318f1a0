"""Laws of refusing: whatever is no rule gets a fault in plain words, with its place, and nothing else."""

from __future__ import annotations

import contextlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.rules import RuleFault, compile_rule, parse_rule
from tests.core.rules.rule_cases import SCHEMA, rules

JARGON = re.compile(r"\b(SyntaxError|NameError|None|bool|str|float|int|ast|object|expression|literal|token)\b")


def fault(expression: str, *, of_campaign: bool = True) -> RuleFault:
    """Returns why a rule is refused."""
    with pytest.raises(RuleFault) as caught:
        parse_rule(expression, SCHEMA, of_campaign=of_campaign)
    return caught.value


@pytest.mark.parametrize(
    ("expression", "column", "says"),
    [
        ("", None, "empty"),
        ("  \n ", None, "empty"),
        ("x" * 2_001, None, "2,001 characters and may have 2,000"),
        ("segement == 'gold'", 1, "did you mean segment?"),
        ("category == 'shoes'", 1, "did you mean campaign.category?"),
        ("app_user", 1, 'did you mean features["app user"]?'),
        ("segment == gold", 12, 'A text stands in quotes: "gold"'),
        ("campaign.chanel == 'email'", 1, "did you mean campaign.channel?"),
        ("campaign.zzz == 'email'", 1, "it is one of campaign_id, type,"),
        ("campaign.features['x'] > 1", 1, "Only favourites and features have brackets"),
        ("features.readiness == 'x'", 1, 'features["readiness"]'),
        ("features['nope'] > 1", 1, 'no feature "nope"'),
        ("features > 1", 1, "features is followed by a name in brackets"),
        ("favourites[1] > 1", 1, 'favourites["..."]'),
        ("campaign", 1, "campaign is followed by a dot"),
        ("known", 1, "known(segment)"),
        ("known(r, f)", 1, "known asks of one name"),
        ("known(r + 1)", 7, "r + 1 is nothing that a rule can compare"),
        ("r > '3'", 1, 'r is a number and "3" is a text'),
        ("r > True", 1, "r is a number and True is true or false"),
        ("open_issue == 1", 1, "open_issue is true or false and 1 is a number"),
        ("open_issue > False", 1, "Only numbers have an order"),
        ("segment < 'gold'", 1, "Only numbers have an order"),
        ("segment == lifecycle_stage", 1, "do not go together"),
        ("campaign.type == campaign.kind", 1, "do not go together"),
        ("lifecycle_stage == 'active'", 20, 'Did you mean "ACTIVE"?'),
        ("campaign.type in ['CLM', 'B2B']", 18, "GTM, CLM or TRANSACTIONAL"),
        ("campaign.kind == 'winback'", 18, 'Did you mean "WINBACK"?'),
        ("channel == ''", 12, "write known(channel)"),
        ("visited == 'shoes'", 1, 'write "shoes" in visited'),
        ("'go' in segment", 9, "After in stands a list; segment is a text"),
        ("segment in 'gold'", 12, '["gold"]'),
        ("segment in ['gold', 3]", 12, "texts alone or numbers alone"),
        ("segment in []", 12, "at least one"),
        ("segment == ['gold']", 12, 'segment in ["gold"]'),
        ("segment in [1, 2]", 1, "segment is a text and [1, 2] is a list of numbers"),
        ("r in favourites", 1, "r is a number"),
        ("'a' == 'b'", 1, "Both sides are fixed"),
        ("'a' in ['b']", 1, "Both sides are fixed"),
        ("recency_days", 1, "compare it, such as recency_days > 0"),
        ("not segment", 5, 'compare it, such as segment == "..."'),
        ("favourites and r > 3", 1, '"..." in favourites'),
        ("segment == 'gold' or 'silver'", 22, 'in ["silver", ...]'),
        ("r + 1", 1, "compare it with another number"),
        ("[1, 2]", 1, "no condition"),
        ("r - segment > 3", 5, "only numbers can be calculated with"),
        ("(r > 2) == True", 2, "A condition cannot be compared"),
        ("r ** 2 > 3", 1, "+ - * and / alone"),
        ("r > 2 & f > 2", 5, "Write and to join conditions"),
        ("r > 1 / (2 - 2)", 5, "divides by zero"),
        ("r > 1e999", 5, "too great"),
        ("r > 1" + "0" * 400, 5, "too great"),
        ("r > 1e308 * 10", 5, "too great"),
        ("segment = 'gold'", 9, "Write == to compare"),
        ("r > 2 && f > 2", 7, "Write and to join conditions"),
        ("r > 2 || f > 2", 7, "Write or to join conditions"),
        ("!open_issue", 1, "Write not"),
        ("r > 2 AND f > 2", 7, "small letters"),
        ("r =< 2", 3, "Write <="),
        ("r => 2", 3, "Write >="),
        ("r <> 2", 3, "Write !="),
        ("monetary > 5%", 13, "0.05"),
        ("monetary > $5", 12, "currency"),
        ("monetary > 1,000", 1, "write numbers without a comma"),
        ("r > 30and f > 2", 5, "30and is no number"),
        ("r ≥ 3", 3, "Write >="),
        ("segment == “gold”", 12, "straight quotes"),
        ("segment == 'gold", 12, "has no end"),
        ("(r > 2", 1, "not closed"),
        ("r > 2)", 6, "closes none"),
        ("r > 2 and", 9, "breaks off"),
        ("r > 2 f > 2", 7, "cannot be read"),
        ("class == 'a'", 1, 'features["class"]'),
        ("r > 2 # why", 7, "comment"),
        (r"segment == 'a\d'", 14, "backslash"),
        ("segment == 'a\nb'", 12, "line break"),
        ("r >\u00a02", 4, "cannot be seen"),
        ("r is None", 6, "known(x)"),
        ("r is 3", 1, "Write == for is"),
        ("segment == None", 12, "known(x)"),
        ("true", 1, "Write True"),
        ("null == r", 1, "known(x)"),
        ("max(r, f) > 3", 1, "The only function is known(x)"),
        ("max(r, f)", 1, "the only function is known(x)"),
        ("r > 3 if f else m > 3", 1, "if and else have no place"),
        ("(lambda: 3)() > 2", 1, "The only function is known(x)"),
        ("[x for x in visited]", 1, "nothing that a rule can compare"),
        ("(x := 3) > 2", 2, "nothing that a rule can compare"),
        ("f'{r}' == '3'", 1, "nothing that a rule can compare"),
        ("b'a' == segment", 1, "no number, text, True or False"),
        ("segment in {'gold'}", 12, "A list stands in brackets"),
        ("__import__('os').system('ls')", 1, "the only function is known(x)"),
        ("   r > '3'", 4, "do not go together"),
        ("'é' == r", 8, "do not go together"),
    ],
)
def test_a_fault_says_what_where_and_what_instead(expression: str, column: int | None, says: str) -> None:
    """A fault names the place in characters, what is wrong and the remedy."""
    found = fault(expression)
    assert says in found.text
    assert column == found.column
    assert str(found) == (found.text if found.column is None else f"Column {found.column}: {found.text}")
    assert not JARGON.search(found.text)


def test_a_rule_about_the_customer_alone_names_no_campaign() -> None:
    """Pins and target rules cannot name the campaign, and may name the request."""
    assert "about the customer alone" in fault("campaign.value > 3", of_campaign=False).text
    assert "campaign" not in fault("category == 'a'", of_campaign=False).text
    assert not parse_rule("channel == 'email'", {}, of_campaign=False).names_campaign


def test_a_long_list_is_shortened_in_a_fault() -> None:
    """A fault does not repeat a list of hundreds."""
    values = ", ".join(f"'{number}'" for number in range(200))
    assert 'and ["0", "1", "2", "3", ...] is a list of texts' in fault(f"r in [{values}]").text


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 300 + "1" + ")" * 300,
        "-" * 1_990 + "1",
        "not " * 400 + "True",
        "r" + ".a" * 900,
        "1+" * 900 + "1 > r",
        "[" * 1_000,
        "(" * 1_999,
        "r[" * 900 + "]" * 200,
        "\0",
        "\ud800",
        "segment == '\ud800'",
        "segment == '\0'",
        "r >\f2\v",
        "é" * 2_000,
    ],
)
def test_monsters_are_refused(expression: str) -> None:
    """Text that would exhaust a parser, and text that is none, gets a fault like any other."""
    assert len(fault(expression).text) < 500


_WORDS = [
    *("segment", "r", "open_issue", "visited", "favourites", "campaign", ".value", "known", "features", "and", "or"),
    *("not", "in", "is", "if", "else", "lambda", "x:", "for", "==", "=", "<", "!", "+", "/", "**", "(", ")", "[", "]"),
    *("{", "}", '"a"', "'", '"', "\\", "0", "1e400", "0x1f", "1_0", "01", ",", ":=", "None", "True", "...", "#", "@"),
    *("\n", "\t", " ", "é", "“", "\0", "await", "yield", "*", "f'{r}'", "b''", "1j", ";", "`", "$", "?", "~"),
]


@given(st.one_of(st.lists(st.sampled_from(_WORDS), max_size=12).map(" ".join), st.text(max_size=30)))
@settings(max_examples=400, deadline=None, derandomize=True)
def test_any_text_is_a_rule_or_a_fault(text: str) -> None:
    """Whatever is written either compiles or is refused with a fault; nothing else is raised, not even a warning."""
    try:
        compile_rule(parse_rule(text, SCHEMA))
    except RuleFault as found:
        is_placed = found.column is None or 1 <= found.column <= len(text)
    else:
        is_placed = True
    assert is_placed


@given(rules, st.integers(0, 60), st.sampled_from(_WORDS))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_a_slip_of_the_pen_is_a_rule_or_a_fault(rule: str, at: int, slip: str) -> None:
    """A rule with something put in between compiles or is refused with a fault."""
    with contextlib.suppress(RuleFault):
        compile_rule(parse_rule(rule[:at] + slip + rule[at:], SCHEMA))


def test_lines_and_quotes_do_not_matter() -> None:
    """A rule may run over lines, be indented and use either quote."""
    one = parse_rule('segment == "gold" and (r > 3 or f > 3)', SCHEMA)
    assert one.condition == parse_rule("\n  segment == 'gold'\n\tand (r > 3\r\n or f > 3)\n", SCHEMA).condition
