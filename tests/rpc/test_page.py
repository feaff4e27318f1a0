"""Pages of lists."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.errors import InvalidRequest
from banditsvc.rpc.page import page_of

SCOPE = ("ListCampaigns", "shop")


def fields_of(items: list[str], page_size: int, token: str, scope: tuple[str, ...] = SCOPE) -> list[str]:
    """Returns the fields at fault."""
    with pytest.raises(InvalidRequest) as raised:
        page_of(items, str, page_size, token, scope)
    return [violation.field for violation in raised.value.violations]


@settings(derandomize=True)
@given(st.integers(0, 25), st.integers(1, 10))
def test_pages_add_up_to_the_list(count: int, page_size: int) -> None:
    """Following the tokens gives every item once, in order, and no page but the last is short."""
    items = [f"c{i:02}" for i in range(count)]
    found: list[str] = []
    token = ""
    while True:
        page, token = page_of(items, str, page_size, token, SCOPE)
        found += page
        if not token:
            break
        assert page_size == len(page)
    assert items == found


def test_sizes() -> None:
    """No size means 50, and more than 1,000 means 1,000."""
    items = [str(i) for i in range(1500)]
    assert 50 == len(page_of(items, str, 0, "", SCOPE)[0])
    assert 1000 == len(page_of(items, str, 5000, "", SCOPE)[0])


def test_an_item_that_is_added_shifts_nothing() -> None:
    """A page starts behind the last item of the page before, whatever was added ahead of it."""
    _, token = page_of(["a", "c", "d"], str, 2, "", SCOPE)
    assert (["d"], "") == page_of(["a", "b", "c", "d"], str, 2, token, SCOPE)


def test_bad_pages_name_their_field() -> None:
    """A negative size, garbage, and a token of another list or of other arguments are refused by name."""
    _, token = page_of(["a", "b"], str, 1, "", SCOPE)
    assert ["page_size"] == fields_of(["a", "b"], -1, "")
    assert ["page_token"] == fields_of(["a", "b"], 1, token, ("ListCampaigns", "other"))
    assert ["page_token"] == fields_of(["x", "y"], 1, token)
    for garbage in ("?", "AAAA", "x" * 1000, "\u00e9", token[:-1], token[:-4] + "____"):
        assert ["page_token"] == fields_of(["a", "b"], 1, garbage)
    assert ["page_size", "page_token"] == fields_of(["a"], -1, "?")
