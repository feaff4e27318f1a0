"""How a run of an audience shows: its progress, and what came of it."""

from __future__ import annotations

import errno
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rich.markup import escape
from rich.progress import TaskID

from banditsvc.audience.limit_use import LimitUse
from banditsvc.audience.run import RunResult
from banditsvc.cli.command_failure import CommandFailure
from banditsvc.cli.output import counted, notes, progress_bar, short_number, write_fields, write_json, write_table
from banditsvc.core.audience_limit import LimitKind

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
Show = Callable[[str, int, int | None], None]


@contextmanager
def shown_progress() -> Iterator[Show]:
    """Gives what shows how far each stage is, a bar each."""
    with progress_bar() as bar:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield show


@contextmanager
def disk_reported(where: Path, *, kept: str = "kept and in the log", rejects: Collection[Path] = ()) -> Iterator[None]:
    """Turns what a disk refuses into a failure that names the remedy: a full disk needs room, all else names itself.

    Args:
        where: What is named where the disk names nothing.
        kept: What became of finished parts.
        rejects: Where rows go that cannot be used, which are no parts.
    """
    try:
        yield
    except OSError as error:
        place, reason = error.filename or where, error.strerror or error
        is_full = error.errno in _NO_ROOM
        said = f"cannot write to {place}: {reason}" if is_full else f"cannot use {place}: {reason}"
        remedy = "make room" if is_full else "see to it"
        if Path(place) in rejects:
            said = f"{said}. It is for rows that cannot be used: name another file with --rejects, or {remedy}"
        else:
            said = f"{said}. Parts that are finished are {kept}: {remedy}"
        raise CommandFailure(f"{said} and run the same command again") from error


def remark(text: str) -> None:
    """Tells the caller something that is no result."""
    notes.print(text, markup=False, soft_wrap=True)


def remark_nobody(result: RunResult, occasion: str) -> None:
    """Tells the caller why nobody was decided for, where that is so."""
    if result.decided:
        return
    if result.passed_over:
        whose = (
            "row was passed over, as its customer has"
            if result.passed_over == 1
            else "rows were passed over, as they have"
        )
        remark(f"nobody was decided for: {result.passed_over:,} {whose} a decision for {occasion}")
    elif result.rejected:
        remark("nobody was decided for: no row could be used")


def show_result(result: RunResult, rejects: Path | None, lists: Mapping[Path, int], *, as_json: bool) -> None:
    """Writes what came of a run, and warns of minimums that it misses."""
    for one in result.limits:
        if one.is_missed:
            notes.print(f"[yellow]warning[/]   {escape(one.missed_text)}", soft_wrap=True)
    if as_json:
        write_json(
            {
                "run_id": result.run_id,
                "customers": result.customers,
                "decisions": result.decided,
                "rejected": result.rejected,
                "passed_over": result.passed_over,
                "rejects": str(rejects) if result.rejected else None,
                "parts": result.parts,
                "kept_parts": result.kept_parts,
                "contacts": dict(sorted(result.contacts.items())),
                "limits": [_plain(one) for one in result.limits],
                "lists": {str(path): count for path, count in lists.items()},
            }
        )
        return
    write_fields(
        [
            ("run", result.run_id),
            ("decisions", f"{result.decided:,}"),
            ("contacts", f"{result.contacts.total():,}"),
            *([("rejected", f"{counted(result.rejected, 'row')}, in {rejects}")] if result.rejected else []),
            *([("passed over", _passed_over(result.passed_over))] if result.passed_over else []),
            *([("kept", counted(result.kept_parts, "finished part"))] if result.kept_parts else []),
        ]
    )
    write_table(["campaign", ">contacts"], [(name, f"{count:,}") for name, count in result.contacts.most_common()])
    if result.limits:
        write_table(["limit", "it says", ">used", "held", ">one more unit"], map(_row, result.limits))
    if lists:
        write_table(["list", ">contacts"], [(str(path), f"{count:,}") for path, count in lists.items()])


def _plain(use: LimitUse) -> dict[str, object]:
    one = use.priced
    return {
        "name": one.limit.name,
        "kind": one.limit.kind.name,
        "value": one.limit.value,
        "bound": one.bound,
        "expected": one.expected,
        "used": use.used,
        "is_met": one.is_met,
        "is_missed": use.is_missed,
        "price": one.price,
    }


def _row(use: LimitUse) -> tuple[str, ...]:
    one = use.priced
    earns = f"{'costs' if one.limit.is_least else 'earns'} {short_number(one.price)}" if one.price else "-"
    used = f"{use.used:.4g}" if one.limit.kind is LimitKind.LEAST_SHARE else f"{use.used:,.10g}"
    return one.limit.name, use.text, used, use.held, earns


def _passed_over(rows: int) -> str:
    return f"{counted(rows, 'row')} of customers who have a decision for the occasion"
