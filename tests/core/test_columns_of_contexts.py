"""Laws of contexts that become columns."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.column_encoder import ColumnEncoder
from banditsvc.core.columns_of_contexts import columns_of_contexts, columns_that_say_all
from banditsvc.core.context import CustomerContext, LifecycleStage
from banditsvc.core.features import Encoder
from banditsvc.core.portfolio import EncoderSpec
from tests.core.context_columns_cases import SPECS

laws = settings(max_examples=60, deadline=None, derandomize=True)
maybe_number = st.none() | st.floats(0.0, 1e6)
contexts = st.builds(
    CustomerContext,
    recency_days=maybe_number,
    frequency=maybe_number,
    r=st.none() | st.integers(1, 5),
    segment=st.none() | st.sampled_from(["family", "student"]),
    lifecycle_stage=st.none() | st.sampled_from(LifecycleStage),
    favourites=st.dictionaries(st.sampled_from(["beer", "bread"]), st.floats(0.1, 1.0)),
    features=st.fixed_dictionaries(
        {},
        optional={
            "age": st.floats(0.0, 99.0),
            "city": st.sampled_from(["Rome", "Ulm"]),
            "seen": st.sampled_from([(), ("hats",), ("bags", "hats")]),
        },
    ),
)
values = st.sampled_from([True, False, 0.0, 3, 45.5, float("nan"), -1e300, "", "true", "a=b", "3.0"])
seen = st.sampled_from([(), ("b", "a", "b"), ("a",), ("c", "=")]) | values
wild_contexts = st.builds(
    CustomerContext,
    recency_days=st.none() | st.floats(allow_infinity=False),
    r=st.none() | st.integers(1, 5),
    segment=st.none() | st.sampled_from(["gold", "new", ""]),
    lifecycle_stage=st.none() | st.sampled_from(LifecycleStage),
    favourites=st.dictionaries(
        st.sampled_from(["shoes", "hats", "12"]), st.sampled_from([1.0, 0.25, -0.25, 1e-200, 0.0])
    ),
    features=st.fixed_dictionaries(
        {},
        optional={
            "age": values,
            "plan": values,
            "app": values,
            "segment": values,
            "tags": st.just(("a", "b")),
            "seen": seen,
        },
    ),
)


@laws
@given(st.lists(contexts, max_size=8))
def test_columns_are_the_contexts(rows: list[CustomerContext]) -> None:
    """Contexts that became columns are the same contexts, row by row."""
    columns = columns_of_contexts(rows)

    assert rows == [columns.context(row) for row in range(len(rows))]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(rows=st.lists(wild_contexts, max_size=4), spec=st.sampled_from(SPECS))
def test_where_there_is_room_columns_have_the_features_of_the_contexts(
    rows: list[CustomerContext], spec: EncoderSpec
) -> None:
    """Whatever contexts there is room for are encoded in columns as each is alone, bit for bit."""
    encoder = Encoder(spec)
    columns = columns_that_say_all(rows)
    if columns is not None:
        assert [encoder.context(row) for row in rows] == ColumnEncoder(encoder).encode(columns).contexts()


def test_flags_become_texts() -> None:
    """Flags become texts; what is a list for some and a text for others is left out, as there is no room for it."""
    rows = [
        CustomerContext(features={"new": True, "tags": ("a", "b")}),
        CustomerContext(features={"tags": "a"}),
    ]
    columns = columns_of_contexts(rows)

    assert [{"new": "true"}, {}] == [dict(columns.context(row).features) for row in range(2)]
    others = [*rows[1:], CustomerContext(features={"new": False})]
    assert [False, True] == [columns_that_say_all(some) is not None for some in (rows, others)]
