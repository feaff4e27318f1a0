"""Hashes of features: Vowpal Wabbit's own."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.feature_hash import feature_hash, namespace_hash
from tests.oracle import stock_vw

laws = settings(max_examples=300, deadline=None, derandomize=True)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=24)
names = st.one_of(texts, st.text("0123456789", max_size=40), st.text(" \t1aé=#*%", max_size=6))

VW = stock_vw.workspace("--cb_adf", bits=24)


@laws
@given(name=names, namespace=st.sampled_from(["A", "C", "M", "campaign"]))
def test_a_hash_is_vowpal_wabbits(name: str, namespace: str) -> None:
    """Masked, the hash of any name in any namespace is the index that Vowpal Wabbit computes."""
    expected = VW.get_index_for_scalar_feature(name, namespace_name=namespace)
    assert expected == feature_hash(name, namespace_hash(namespace)) & ((1 << 24) - 1)


@pytest.mark.parametrize("name", ["", " ", "0", "007", "12", " 12 ", "9" * 40, "a b", "½", "٣", "é", "a:1", "a|b"])
def test_hashes_of_odd_names_are_vowpal_wabbits(name: str) -> None:
    """Empty names, digits, blanks at the ends and letters beyond ASCII follow Vowpal Wabbit's rule."""
    expected = VW.get_index_for_scalar_feature(name, namespace_name="C")
    assert expected == feature_hash(name, namespace_hash("C")) & ((1 << 24) - 1)
