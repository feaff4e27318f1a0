"""Plan tallies: sums over part files."""

from __future__ import annotations

from pathlib import Path

from msgspec import structs

from banditsvc.audience.plan_tally import PlanCell, PlanTally, tally_part
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import DecidedBy, Decision, Result
from banditsvc.core.rejection import FunnelStage, Rejection
from tests.store.audience_files import canonical, row, write_part

_REJECTED = Rejection("b", FunnelStage.ELIGIBILITY, "adults", "age >= 18")


def _segment(made: Decision, segment: str | None) -> Decision:
    return structs.replace(made, input=structs.replace(made.input, context=CustomerContext(segment=segment)))


def _decisions() -> list[Decision]:
    """Returns a choice, one that explored among treatments, one by an ensemble, one without a model, and none."""
    names = canonical(["c1", "c2", "c3", "c4", "c5"])
    first = _segment(row(names[0], 0), "gold")
    treated = structs.replace(
        _segment(row(names[1], 1), "gold"),
        eligible=("a", "a", "b"),
        treatments=("x", "y", ""),
        treatment_id="y",
        selection_probabilities=(0.5, 0.25, 0.25),
        predicted_rewards=((0.5, 0.25, 0.0),),
        predicted_deviations=(0.1, 0.2, 0.3),
        explored=True,
        rejections=(_REJECTED,),
    )
    of_two = structs.replace(
        _segment(row(names[2], 2), None), predicted_rewards=((0.5, 0.25), (0.25, 0.25)), rejections=(_REJECTED,)
    )
    usual = structs.replace(row(names[3], 3), decided_by=DecidedBy.BUSINESS_AS_USUAL, predicted_rewards=())
    nothing = structs.replace(
        row(names[4], 4, campaign_id=""),
        result=Result.NO_ELIGIBLE,
        campaign_id="",
        eligible=(),
        selection_probabilities=(),
        predicted_rewards=(),
    )
    return [first, treated, of_two, usual, nothing]


def test_sums_are_those_of_the_decisions(tmp_path: Path) -> None:
    """Each campaign and segment has its contacts, and the sums of what the model says, whatever kinds of rows there are."""
    write_part(tmp_path, _decisions())

    tally = tally_part(tmp_path / "audience" / "night" / "part-00000.parquet")

    gold, unknown, none = tally.cells["a", "gold"], tally.cells["a", ""], tally.cells["", ""]
    assert (
        PlanCell(
            customers=2,
            contacts=2,
            explored=1,
            predicted=2,
            reward=0.1 + 0.25,
            deviation=0.2,
            exploration_cost=(1 / 3 - (0.75 * 0.1 + 0.25 / 3)) + (0.5 - (0.5 * 0.5 + 0.25 * 0.25)),
        )
        == gold
    )
    assert (
        PlanCell(
            customers=2, contacts=2, predicted=1, reward=0.375, exploration_cost=0.375 - (0.75 * 0.375 + 0.25 * 0.25)
        )
        == unknown
    )
    assert PlanCell(customers=1) == none
    assert {("b", "ELIGIBILITY", "adults"): 2} == dict(tally.rejections)
    assert {"CAMPAIGN": 4, "NO_ELIGIBLE": 1} == dict(tally.results)
    assert {"POLICY": 4, "BUSINESS_AS_USUAL": 1} == dict(tally.decided_by)


def test_what_a_limit_gives_up_is_no_cost_of_exploration(tmp_path: Path) -> None:
    """The best is so less its price and by the levers, as exploration compares: who gets it for certain explored nothing."""
    names = canonical(["c1", "c2", "c3"])
    rows = [structs.replace(row(name, number), predicted_rewards=((0.25, 0.5),)) for number, name in enumerate(names)]
    priced = structs.replace(rows[0], prices=(0.0, 0.375), selection_probabilities=(1.0, 0.0))
    drawn = structs.replace(rows[1], prices=(0.0, 0.375), selection_probabilities=(0.75, 0.25))
    levered = structs.replace(rows[2], levers=(4.0, 1.0), selection_probabilities=(1.0, 0.0))
    for number, (one, cost) in enumerate(((priced, 0.0), (drawn, 0.25 * (0.25 - 0.125)), (levered, 0.0))):
        write_part(tmp_path, [one], number=number)
        tally = tally_part(tmp_path / "audience" / "night" / f"part-0000{number}.parquet")
        assert cost == tally.whole().exploration_cost


def test_parts_add_up(tmp_path: Path) -> None:
    """The tallies of parts add up to that of all their rows together."""
    decisions = _decisions()
    paths = [tmp_path / "audience" / "night" / f"part-0000{number}.parquet" for number in range(3)]
    for number, some in enumerate((decisions[:2], decisions[2:], decisions)):
        write_part(tmp_path, some, number=number)

    added = PlanTally()
    for path in paths[:2]:
        added.add(tally_part(path))

    assert tally_part(paths[2]) == added


def test_a_part_may_be_empty(tmp_path: Path) -> None:
    """A part without rows has nothing to add."""
    write_part(tmp_path, [], constants=())

    assert PlanTally() == tally_part(tmp_path / "audience" / "night" / "part-00000.parquet")
