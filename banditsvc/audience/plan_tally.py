"""Plan tallies: what a run sends and expects, by campaign and segment, from its part files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from banditsvc.core.levers import weighted_rewards
from banditsvc.part_file import PartFile

_COLUMNS = (
    "result",
    "decided_by",
    "group",
    "campaign_id",
    "treatment_id",
    "segment",
    "explored",
    "contact",
    "eligible",
    "treatments",
    "selection_probabilities",
    "predicted_rewards",
    "predicted_deviations",
    "levers",
    "prices",
    "rejections",
)
NO_SEGMENT = ""
"""Stands for customers whose segment is not known."""


@dataclass(slots=True)
class PlanCell:
    """Sums over the decisions for one campaign, or for none, in one segment."""

    customers: int = 0
    contacts: int = 0
    explored: int = 0
    """Of the contacts: those that were not the model's best."""
    predicted: int = 0
    """Of the contacts: those of which the model predicted the reward."""
    reward: float = 0.0
    """Sum of these predicted rewards."""
    deviation: float = 0.0
    """Sum of their standard deviations, as far as the learner gives them."""
    exploration_cost: float = 0.0
    """Sum over decisions of a policy: the best predicted reward less that expected of the draw."""

    def add(self, other: PlanCell) -> None:
        """Adds the sums of others."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


@dataclass(slots=True)
class PlanTally:
    """Sums over the decisions of some parts."""

    cells: dict[tuple[str, str], PlanCell] = field(default_factory=dict)
    """By campaign_id, empty where none was chosen, and segment."""
    rejections: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Customers by campaign_id, stage and rule."""
    results: Counter[str] = field(default_factory=Counter)
    decided_by: Counter[str] = field(default_factory=Counter)
    groups: Counter[str] = field(default_factory=Counter)

    @property
    def customers(self) -> int:
        """Returns the number of decisions."""
        return self.results.total()

    def add(self, other: PlanTally) -> None:
        """Adds the sums of other parts."""
        for key, cell in other.cells.items():
            self.cells.setdefault(key, PlanCell()).add(cell)
        for mine, others in (
            (self.rejections, other.rejections),
            (self.results, other.results),
            (self.decided_by, other.decided_by),
            (self.groups, other.groups),
        ):
            mine.update(others)  # type: ignore[arg-type]  # of the same keys

    def of_campaign(self, campaign_id: str) -> PlanCell:
        """Returns the sums of a campaign over all segments."""
        return self._sum(cell for key, cell in self.cells.items() if key[0] == campaign_id)

    def whole(self) -> PlanCell:
        """Returns the sums over all decisions."""
        return self._sum(self.cells.values())

    @staticmethod
    def _sum(cells: Iterable[PlanCell]) -> PlanCell:
        total = PlanCell()
        for cell in cells:
            total.add(cell)
        return total


def tally_part(path: Path) -> PlanTally:
    """Returns the sums over the decisions of a part.

    Raises:
        OSError: It cannot be read.
    """
    with closing(PartFile(path)) as file:
        rows = file.columns(_COLUMNS)
    tally = PlanTally()
    for counter, name in ((tally.results, "result"), (tally.decided_by, "decided_by"), (tally.groups, "group")):
        counter.update({one["values"]: one["counts"] for one in rows.column(name).value_counts().to_pylist()})
    _add_cells(tally, rows)
    rejections = rows.column("rejections").flatten()
    if len(rejections):
        table = pa.table({name: rejections.field(name) for name in ("campaign_id", "stage", "rule")})
        counts = table.group_by(table.column_names).aggregate([([], "count_all")])
        for one in counts.to_pylist():
            tally.rejections[one["campaign_id"], one["stage"], one["rule"]] += one["count_all"]
    return tally


def _add_cells(tally: PlanTally, rows: pa.RecordBatch) -> None:
    campaigns, campaign = _coded(rows.column("campaign_id"))
    segments, segment = _coded(rows.column("segment"))
    code = campaign * len(segments) + segment
    is_sent = np.asarray(rows.column("contact").is_valid())
    best, expected, chosen, deviation = _predicted(rows)
    by_policy = np.asarray(pc.equal(rows.column("decided_by"), "POLICY"))
    cost = np.where(by_policy, best - expected, 0.0)
    has = is_sent & ~np.isnan(chosen)
    sums = {
        "customers": None,
        "contacts": is_sent,
        "explored": is_sent & np.asarray(rows.column("explored")),
        "predicted": has,
        "reward": np.where(has, chosen, 0.0),
        "deviation": np.where(has, np.nan_to_num(deviation), 0.0),
        "exploration_cost": np.nan_to_num(cost),
    }
    size = len(campaigns) * len(segments)
    totals = {
        name: np.bincount(code, None if weights is None else weights.astype(np.float64), size)
        for name, weights in sums.items()
    }
    for place in np.flatnonzero(totals["customers"]).tolist():
        values = {name: total[place].item() for name, total in totals.items()}
        for name in ("customers", "contacts", "explored", "predicted"):
            values[name] = round(values[name])
        tally.cells[campaigns[place // len(segments)], segments[place % len(segments)]] = PlanCell(**values)


def _predicted(
    rows: pa.RecordBatch,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Returns of each row what the best is worth, what is expected of the draw, the choice's predicted reward and deviation.

    Worth is the predicted reward less the price; the best is what exploration compares as such, so weighted by levers.
    NaN where there is none. The members of an ensemble count alike.
    """
    found = np.full((4, rows.num_rows), np.nan)
    members = np.asarray(pc.list_value_length(rows.column("predicted_rewards")))
    scored = np.flatnonzero(members > 0)
    if not len(scored):
        return found[0], found[1], found[2], found[3]
    of = rows.take(pa.array(scored))
    members = members[scored]
    counts = np.asarray(pc.list_value_length(of.column("eligible")))
    parents = np.repeat(np.arange(len(scored)), counts)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]])
    within = np.arange(len(parents)) - starts[parents]
    values = np.asarray(of.column("predicted_rewards").flatten().flatten())
    first = np.concatenate([[0], np.cumsum(members * counts)[:-1]])
    predicted = np.zeros(len(parents))
    for member in range(int(members.max())):
        has = np.flatnonzero(members[parents] > member)
        row = parents[has]
        predicted[has] += values[first[row] + member * counts[row] + within[has]] / members[row]
    probabilities = np.asarray(of.column("selection_probabilities").flatten())
    prices = _numbers_beside(of.column("prices"), parents, 0.0)
    weighted = weighted_rewards(predicted, _numbers_beside(of.column("levers"), parents, 1.0), prices)
    worth = predicted - prices
    is_best = weighted == np.maximum.reduceat(weighted, starts)[parents]
    found[0, scored] = np.maximum.reduceat(np.where(is_best, worth, -np.inf), starts)
    found[1, scored] = np.add.reduceat(worth * probabilities, starts)
    is_chosen = _is_chosen(of, parents)
    found[2, scored[parents[is_chosen]]] = predicted[is_chosen]
    deviations = _numbers_beside(of.column("predicted_deviations"), parents, np.nan)
    found[3, scored[parents[is_chosen]]] = deviations[is_chosen]
    return found[0], found[1], found[2], found[3]


def _is_chosen(rows: pa.RecordBatch, parents: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Returns which entries of eligible were chosen."""
    of_row = pa.array(parents)
    chosen = pc.equal(rows.column("eligible").flatten(), rows.column("campaign_id").take(of_row))
    treatments = pc.fill_null(_beside(rows.column("treatments"), parents), "")
    chosen = pc.and_(chosen, pc.equal(treatments, pc.fill_null(rows.column("treatment_id"), "").take(of_row)))
    return np.asarray(pc.fill_null(chosen, fill_value=False).to_numpy(zero_copy_only=False))


def _beside(lists: pa.Array, parents: NDArray[np.intp]) -> pa.Array:
    """Returns what stands beside each entry of eligible; null where a row's list is empty."""
    has = np.asarray(pc.list_value_length(lists))[parents] > 0
    return lists.flatten().take(pa.array(np.cumsum(has) - 1, mask=~has))


def _numbers_beside(lists: pa.Array, parents: NDArray[np.intp], otherwise: float) -> NDArray[np.float64]:
    """Returns the numbers beside the entries of eligible; another where a row's list is empty."""
    return np.asarray(_beside(lists, parents).cast(pa.float64()).fill_null(otherwise))


def _coded(texts: pa.Array) -> tuple[list[str], NDArray[np.int64]]:
    """Returns the distinct texts and the place of each row's; null is empty."""
    coded = pc.fill_null(texts.cast(pa.string()), NO_SEGMENT).dictionary_encode()
    return coded.dictionary.to_pylist(), np.asarray(coded.indices).astype(np.int64)
