"""Decision ids: those of an audience's rows, and those that callers give."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.decision_id import AudienceRow, audience_decision_id, audience_row_of, decision_id_of, is_run_id

runs = st.from_regex(r"\A[a-z0-9][a-z0-9-]{0,62}\Z")


@settings(max_examples=50, deadline=None, derandomize=True)
@given(runs, st.integers(0, 10**15 - 1))
def test_the_id_of_a_row_names_it(run_id: str, row: int) -> None:
    """The id of a row is taken apart into its run and number again."""
    assert AudienceRow(run_id, row) == audience_row_of(audience_decision_id(run_id, row))


@pytest.mark.parametrize("text", ["", "a", "Night/1", "night/01", "a/b/1", "-a/1", "a/1e3", "a/ 1", f"{'a' * 64}/1"])
def test_other_ids_are_no_rows(text: str) -> None:
    """Whatever is not written just so is the id of no row, nor is any id that the service makes otherwise."""
    assert [None, None] == [audience_row_of(text), audience_row_of(decision_id_of("p", "c", "2026-11-23/email"))]


def test_run_ids_are_small_letters_digits_and_hyphens() -> None:
    """A run's id has 1 to 63 of them and begins with no hyphen."""
    right = ["a", "2026-11-27", "a" * 63]
    wrong = ["", "-a", "A", "a/b", "a" * 64, "a\n", "é"]
    assert [True] * 3 + [False] * 7 == [is_run_id(text) for text in right + wrong]
