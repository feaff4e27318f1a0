"""The law that mixtures are the same whether rows of a part are asked together or one by one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

from msgspec import structs

from banditsvc.core.assignment import AssignedGroup, AssignmentOwner
from banditsvc.core.assignment_group import AssignmentGroup
from banditsvc.core.campaign import Campaign
from banditsvc.core.decision import DecidedBy, Decision
from banditsvc.core.policy import Policy
from banditsvc.core.traffic_split import TrafficSplit
from banditsvc.open_log import Log
from banditsvc.settings_history import SettingsHistory
from banditsvc.store import SqliteLog
from tests.serving.grouped_shop import records_of
from tests.store.audience_files import rows_of, write_part
from tests.store.build import SHOP, portfolio

_DRAW = AssignedGroup(
    owner=AssignmentOwner.PORTFOLIO,
    channel="",
    assignment_version=1,
    group=AssignmentGroup.OPTIMIZED,
    shares=(0.5, 0.25, 0.0, 0.25),
    horizon_us=1,
)
_NEW = Campaign(campaign_id="new")


def _described(row: Decision) -> Decision:
    asked = structs.replace(row.input, candidates=("a", _NEW))
    return structs.replace(row, input=asked, eligible=("a", "new"))


_CHANGES: tuple[Callable[[Decision], Decision], ...] = (
    lambda row: row,
    lambda row: structs.replace(row, selection_probabilities=(0.5, 0.5)),
    lambda row: structs.replace(row, decided_by=DecidedBy.FORCED),
    lambda row: structs.replace(row, predicted_rewards=()),
    lambda row: structs.replace(row, eligible=("a", "new")),
    lambda row: structs.replace(row, portfolio_version=9),
    lambda row: structs.replace(row, policy_version=9),
    lambda row: structs.replace(row, catalogue_version=1),
    lambda row: structs.replace(row, draws=(_DRAW,)),
    lambda row: structs.replace(row, traffic_split=TrafficSplit(1, 2, 0.5)),
    _described,
)
"""Each may take a row's mixture away, or make it another."""


def test_mixtures_of_a_part_are_those_of_its_decisions(tmp_path: Path) -> None:
    """Whatever tells rows of a part apart, each has the mixture of its own decision, as it has one or none."""
    log = SqliteLog(tmp_path / "log.db")
    settings = records_of(
        portfolio(), [Campaign(campaign_id="a"), Campaign(campaign_id="b")], Policy(portfolio_id=SHOP)
    )
    log.append([*settings, Policy(portfolio_id=SHOP, policy_version=2)], 0)
    changes = [*_CHANGES, *_CHANGES]
    Random(1).shuffle(changes)
    plain = [
        structs.replace(row, portfolio_version=1, policy_version=1, catalogue_version=2)
        for row in rows_of([f"c{place}" for place in range(len(changes))])
    ]
    rows = [change(row) for change, row in zip(changes, plain, strict=True)]
    log.append([write_part(tmp_path, rows, constants=("portfolio_id", "send_time"))], 1)
    history = SettingsHistory(log.read_resources(0), SHOP)

    expected = [history.mixture(one.value) for one in log.read_decisions(SHOP, 0, 99)]
    found = [
        row["mixture_probabilities"]
        for batch in Log(log).joined_batches(SHOP, columns=("mixture_probabilities",))
        for row in batch.to_pylist()
    ]
    assert [None if one is None else list(one) for one in expected] == found
    assert {None, (0.75, 0.25), (0.5, 0.5)} == set(expected)
    log.close()
