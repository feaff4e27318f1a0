"""Laws of merges: ids of one customer form a family, whose survivor is the same for all of them, as of any moment."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from banditsvc.core.customer_merge import CustomerMerge
from banditsvc.core.merges import Merges

IDS = [f"c{number}" for number in range(8)]
PAIRS = st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)), max_size=20)
TIMES = st.integers(min_value=0, max_value=25)


def merges_of(pairs: list[tuple[str, str]]) -> Merges:
    """Returns merges, the first recorded at 1 and each later one a microsecond after the one before."""
    return Merges((time_us, merge(*pair)) for time_us, pair in enumerate(pairs, start=1))


def merge(merged: str, surviving: str) -> CustomerMerge:
    """Returns the merge of one id into another."""
    return CustomerMerge(organization_id="o", merged_customer_id=merged, surviving_customer_id=surviving)


def naive_families(pairs: list[tuple[str, str]]) -> dict[str, tuple[str, frozenset[str]]]:
    """Returns the survivor and the family of each id by taking one merge after the other."""
    families = {name: (name, frozenset({name})) for name in IDS}
    merged: set[str] = set()
    for lost, kept in pairs:
        survivor, ids = families[kept]
        if lost in merged or survivor == lost:
            continue
        merged.add(lost)
        joined = (survivor, ids | families[lost][1])
        families |= dict.fromkeys(joined[1], joined)
    return families


@given(PAIRS)
def test_ids_of_one_customer_stand_for_one_survivor(pairs: list[tuple[str, str]]) -> None:
    """Each id has the survivor and the family that merging one pair after the other leads to, the survivor first."""
    known = merges_of(pairs)
    for name, (survivor, family) in naive_families(pairs).items():
        assert survivor == known.survivor(name)
        assert family == frozenset(known.family(name))
        assert len(family) == len(known.family(name))
        assert survivor == known.family(name)[0]
        assert known.family(survivor) == known.family(name)


@given(PAIRS, TIMES)
def test_a_merge_counts_from_its_record_on(pairs: list[tuple[str, str]], as_of_us: int) -> None:
    """Survivor and family as of a moment are those of the merges that were recorded by then, and of no other."""
    known, by_then = merges_of(pairs), merges_of(pairs[:as_of_us])
    for name in IDS:
        assert by_then.survivor(name) == known.survivor(name, as_of_us)
        assert set(by_then.family(name)) == set(known.family(name, as_of_us))


@given(PAIRS)
def test_merges_may_come_one_by_one(pairs: list[tuple[str, str]]) -> None:
    """Merges that are added later say the same as merges that were there from the start."""
    whole, grown = merges_of(pairs), Merges()
    assert not grown
    for time_us, pair in enumerate(pairs, start=1):
        grown.add(time_us, merge(*pair))
    assert bool(whole) == bool(grown)
    assert [whole.family(name) for name in IDS] == [grown.family(name) for name in IDS]


def test_chains_are_followed() -> None:
    """A merged into B and B later into C: all stand for C from then on, and for B in between."""
    known = merges_of([("a", "b"), ("b", "c")])
    assert ("c", "b", "a") == known.family("a")
    assert ("b", "a") == known.family("a", as_of_us=1)
    assert ("b", "c") == (known.survivor("a", as_of_us=1), known.survivor("a", as_of_us=2))
    assert ("c",) == known.family("c", as_of_us=1)


def test_an_id_that_nobody_merged_stands_for_itself() -> None:
    """Without a merge an id is a family of its own, known or not."""
    assert ("x",) == Merges().family("x")
    assert "x" == merges_of([("a", "b")]).survivor("x")
