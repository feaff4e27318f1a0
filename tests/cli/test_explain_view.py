"""Laws of explanations for people, without a service."""

from __future__ import annotations

import pytest

from banditsvc.cli.explain_view import show_explanation
from banditsvc.cli.output import counted, short_number
from banditsvc.cli.reason_text import reason_text
from banditsvc.v1 import decision_pb2, ranking_pb2


def answer() -> ranking_pb2.GetDecisionResponse:
    """Returns a decision that a trained model made, with 30 features of which three count."""
    rewards = [0.123456789, -0.02, 0.01, *[1e-9] * 27]
    parts = [ranking_pb2.Contribution(feature=f"f{i}", value=1.0, reward=reward) for i, reward in enumerate(rewards)]
    entry = ranking_pb2.ExplainedCampaign(campaign_id="a", predicted_reward=0.113456789, lever=1.0, contributions=parts)
    return ranking_pb2.GetDecisionResponse(
        decision=decision_pb2.Decision(decision_id="d", campaign_id="a"),
        explanation=ranking_pb2.Explanation(campaigns=[entry], draw=0.12345678901234567),
    )


@pytest.mark.parametrize(
    ("most", "shown", "others"), [(None, 3, "27 others"), (1, 1, "29 others"), (29, 29, "1 other")]
)
def test_features_can_be_opened(capsys: pytest.CaptureFixture[str], most: int | None, shown: int, others: str) -> None:
    """So many features are shown as asked for, those that count by default; the rest is one line."""
    show_explanation(answer(), every=False, most=most)
    out = capsys.readouterr().out

    assert shown == sum(
        line.split()[0].startswith("f") and line.split()[0][1:].isdigit() for line in out.splitlines() if line.split()
    )
    assert others in out


def test_tables_have_short_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    """Rewards and draws have four significant digits."""
    show_explanation(answer(), every=False, most=None)
    out = capsys.readouterr().out

    assert all(text in out for text in ("+0.1235", "0.1135", "draw        0.1235"))
    assert "0.12345" not in out


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (1.0, "1"), (0.123456, "0.1235"), (-1e-9, "-1e-09"), (123456.7, "123457")]
)
def test_short_numbers(value: float, text: str) -> None:
    """Four significant digits, and whole numbers of any length as they are."""
    assert text == short_number(value)


def test_things_are_counted() -> None:
    """One thing is singular, all other numbers are plural."""
    assert ["0 rows", "1 row", "1,200 rows"] == [counted(number, "row") for number in (0, 1, 1200)]


@pytest.mark.parametrize(
    ("stage", "reason", "text"),
    [
        ("ELIGIBILITY", "member", "needs: member"),
        ("SUITABILITY", "not open_issue and spent > 3", "needs: not open_issue and spent > 3"),
        ("ELIGIBILITY", "for good buyers", "for good buyers"),
        ("APPLICABILITY", "the caller excluded it", "the caller excluded it"),
        ("CONSENT", "x", "x"),
    ],
)
def test_a_bare_expression_is_what_is_needed(stage: str, reason: str, text: str) -> None:
    """The reason of a rule without words of its own reads as what it needs; words and other stages stay as they are."""
    assert text == reason_text(stage, reason)
