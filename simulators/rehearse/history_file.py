"""Reading a history from one file with sends and orders, or from two."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from banditsvc.import_files import Columns, RejectsFile, Row, RowFile, TextFormat
from banditsvc.usage_error import UsageError
from simulators.rehearse.history import History, Orders, Sends
from simulators.rehearse.history_cells import CellFault, CellReader

SEND_FIELDS = (
    *("customer_id", "time", "send_time", "campaign_id", "segment", "category", "cost", "selection_probability"),
    *("recency_days", "frequency", "monetary"),
)
"""What a row of a send may have; customer_id, a time and campaign_id are needed."""
ORDER_FIELDS = ("customer_id", "time", "order_time", "amount")
"""What a row of an order may have; all are needed but one of the times."""
_NUMBERS = ("recency_days", "frequency", "monetary")
_TEXTS = ("segment",)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryFormat:
    """How the files are written."""

    columns: Columns = Columns()
    """Which column is which of SEND_FIELDS and ORDER_FIELDS; by default that of the same name."""
    text: TextFormat = TextFormat()
    """How CSV is written."""
    time_zone: str | None = None
    """Zone of times without an offset; by default UTC."""
    decimal: str = "."
    """What stands before decimals."""


@dataclass(slots=True)
class _Found:
    """What has been read so far."""

    customers: dict[str, int] = field(default_factory=dict)
    campaigns: dict[str, int] = field(default_factory=dict)
    categories: dict[int, str] = field(default_factory=dict)
    sends: list[tuple[int, float, int, float, float]] = field(default_factory=list)
    known: list[tuple[float | str, ...]] = field(default_factory=list)
    orders: list[tuple[int, float, float]] = field(default_factory=list)
    rejected: int = 0
    rejects: list[str] = field(default_factory=list)
    unused: list[str] = field(default_factory=list)


def read_history(
    path: Path,
    orders: Path | None = None,
    *,
    written: HistoryFormat | None = None,
    on_row: Callable[[], None] = lambda: None,
) -> History:
    """Returns the history of one or two files. Rows at fault go to FILE.rejects.csv and are counted.

    Args:
        path: Sends; where no file of orders is named, orders too: rows with an amount are orders.
        orders: Orders.
        written: How the files are written.
        on_row: Called for each row.

    Raises:
        UsageError: A file cannot be read or lacks a column, or most of its rows are at fault.
    """
    found, given = _Found(), written or HistoryFormat()
    wanted = SEND_FIELDS if orders else tuple(dict.fromkeys((*SEND_FIELDS, *ORDER_FIELDS)))
    _read(path, wanted, given, found, on_row)
    if orders is not None:
        _read(orders, ORDER_FIELDS, given, found, on_row)
    if not found.sends:
        raise UsageError(f"{path} has no send that can be used: a row with a customer_id, a time and a campaign_id")
    if not found.orders:
        where = orders or path
        raise UsageError(
            f"{where} has no order that can be used: a row with a customer_id, a time and an amount above 0"
        )
    return _history(found)


def _read(
    path: Path, wanted: tuple[str, ...], written: HistoryFormat, found: _Found, on_row: Callable[[], None]
) -> None:
    file = RowFile(path, written.text)
    reader = CellReader(
        _columns_of(written.columns, wanted).resolve(wanted, file.columns),
        time_zone=written.time_zone,
        decimal=written.decimal,
    )
    _check_fields(path, reader, wanted, file.columns)
    found.unused += reader.columns.unused(file.columns)
    rows = 0
    with RejectsFile(path.with_name(f"{path.name}.rejects.csv"), file.columns, file.text) as rejects:
        for row in file.rows():
            rows += 1
            on_row()
            try:
                if row.fault:
                    raise CellFault(row.fault)  # noqa: TRY301 - one place tells of all faults
                is_order = wanted == ORDER_FIELDS or (
                    "amount" in wanted and not math.isnan(reader.number(row, "amount"))
                )
                take = _take_order if is_order else _take_send
                take(reader, row, found)
            except CellFault as fault:
                rejects.add(row, str(fault))
    found.rejected += rejects.count
    if rejects.count:
        found.rejects.append(str(rejects.path))
    if rejects.count * 2 > rows:
        raise UsageError(f"{rejects.count:,} of the {rows:,} rows of {path} cannot be used; reasons in {rejects.path}")


def _columns_of(given: Columns, wanted: tuple[str, ...]) -> Columns:
    """Returns the map of one of two files: without the fields of the other, and with those that are none at all."""
    known = {*SEND_FIELDS, *ORDER_FIELDS} - set(wanted)
    return Columns(
        columns={name: column for name, column in given.columns.items() if name not in known},
        constants={name: value for name, value in given.constants.items() if name not in known},
    )


def _check_fields(path: Path, reader: CellReader, wanted: tuple[str, ...], available: tuple[str, ...]) -> None:
    needed = [("customer_id",), ("time", *(name for name in ("send_time", "order_time") if name in wanted))]
    needed += [(name,) for name in ("campaign_id", "amount") if name in wanted]
    lacking = [" or ".join(names) for names in needed if not any(reader.has(name) for name in names)]
    if lacking:
        raise UsageError(
            "\n".join(
                f"{path} has no column {name}: name the one that is, such as --map {name.split(' or ')[0]}=COLUMN"
                for name in lacking
            )
            + f"\nit has {', '.join(available)}"
        )


def _take_send(reader: CellReader, row: Row, found: _Found) -> None:
    customer, campaign = reader.text(row, "customer_id"), reader.text(row, "campaign_id")
    when = reader.day(row, "send_time")
    when = reader.day(row, "time") if math.isnan(when) else when
    _check_filled(customer_id=customer, campaign_id=campaign, time="" if math.isnan(when) else "there")
    cost, chance = reader.number(row, "cost"), reader.number(row, "selection_probability")
    if not (math.isnan(chance) or 0.0 < chance <= 1.0):
        raise CellFault(f"selection_probability: {chance:g} is not above 0 and at most 1")
    if cost < 0.0:
        raise CellFault(f"cost: {cost:g} is below 0")
    place = found.campaigns.setdefault(campaign, len(found.campaigns))
    category = reader.text(row, "category")
    if category:
        found.categories.setdefault(place, category)
    number = found.customers.setdefault(customer, len(found.customers))
    found.sends.append((number, when, place, cost, chance))
    found.known.append((*(reader.number(row, name) for name in _NUMBERS), *(reader.text(row, name) for name in _TEXTS)))


def _take_order(reader: CellReader, row: Row, found: _Found) -> None:
    customer, amount = reader.text(row, "customer_id"), reader.number(row, "amount")
    when = reader.day(row, "order_time")
    when = reader.day(row, "time") if math.isnan(when) else when
    _check_filled(
        customer_id=customer, time="" if math.isnan(when) else "there", amount="" if math.isnan(amount) else "there"
    )
    if amount <= 0.0:
        raise CellFault(f"amount: {amount:g} is not above 0; leave refunds out")
    found.orders.append((found.customers.setdefault(customer, len(found.customers)), when, amount))


def _check_filled(**fields: str) -> None:
    empty = [name for name, value in fields.items() if not value]
    if empty:
        raise CellFault("; ".join(f"{name} is empty" for name in empty))


def _history(found: _Found) -> History:
    order = np.argsort([send[1] for send in found.sends], kind="stable")
    sends = [found.sends[place] for place in order]
    known = [found.known[place] for place in order]
    bought = sorted(found.orders)
    names = {name: place for place, name in enumerate((*_NUMBERS, *_TEXTS))}
    ids = tuple(found.campaigns)
    return History(
        sends=Sends(
            customers=np.array([send[0] for send in sends], dtype=np.int64),
            times=np.array([send[1] for send in sends], dtype=np.float64),
            campaigns=np.array([send[2] for send in sends], dtype=np.int64),
            costs=np.array([send[3] for send in sends], dtype=np.float64),
            probabilities=np.array([send[4] for send in sends], dtype=np.float64),
            numbers={name: np.array([row[names[name]] for row in known], dtype=np.float64) for name in _NUMBERS},
            texts={name: np.array([row[names[name]] for row in known], dtype=object) for name in _TEXTS},
        ),
        orders=Orders(
            customers=np.array([one[0] for one in bought], dtype=np.int64),
            times=np.array([one[1] for one in bought], dtype=np.float64),
            amounts=np.array([one[2] for one in bought], dtype=np.float64),
        ),
        campaign_ids=ids,
        categories=tuple(found.categories.get(place, "") for place in range(len(ids))),
        customer_count=len(found.customers),
        rejected=found.rejected,
        rejects=tuple(found.rejects),
        unused=tuple(found.unused),
    )
