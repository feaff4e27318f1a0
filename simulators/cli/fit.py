"""`banditsvc simulate fit`: a world from a trial file or from the service's own log."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from banditsvc.reports.extra import reports_extra
from banditsvc.store import StoreError
from simulators.cli.failure import FAILED, USAGE, failure, reported
from simulators.cli.options import Json, Seed
from simulators.cli.output import write
from simulators.column_map import MapError, load_column_map
from simulators.fit.data_digest import file_digest, rows_digest
from simulators.fit.enough_arms import with_enough_arms
from simulators.fit.fit import Fit, fit_world
from simulators.fit.fit_plain import fit_plain
from simulators.fit.fit_rows import FitRows
from simulators.fit.fit_words import about_words, cell_row, difference_words, head_comments, score_words, verdict_words
from simulators.fit.log_rows import log_rows
from simulators.fit.trial_rows import trial_rows
from simulators.fit.world_toml import world_toml
from simulators.trial import TrialError, load_trial


def fit(
    *,
    name: Annotated[str, typer.Argument(help="hillstrom, charitable, or the path of a column map (TOML).")] = "",
    data: Annotated[Path | None, typer.Option("--data", help="The trial file (CSV).")] = None,
    reward: Annotated[str, typer.Option("--reward", help="Which reward of the column map.")] = "",
    data_dir: Annotated[
        Path | None,
        typer.Option("--data-dir", help="Instead of a trial: a data directory of the service, or one of `export`."),
    ] = None,
    portfolio: Annotated[str, typer.Option("--portfolio", help="Of that log. Default: the only one.")] = "",
    out: Annotated[Path, typer.Option("--out", help="World file to write (TOML).")],
    html: Annotated[Path | None, typer.Option("--html", help="Also write the report as a page to this file.")] = None,
    seed: Seed = 1,
    as_json: Json = False,
) -> None:
    """Fits a world to a trial file or a log, and says on rows held out whether its chances are right."""
    if (data_dir is None) != bool(name and data and reward):
        message = "give a column map with --data and --reward, or --data-dir: one of the two"
        raise failure(message, USAGE)
    with reported():
        rows, source, digest = _log(data_dir, portfolio) if data_dir else _trial(name, data, reward)
        found = fit_world(_world_name(out), rows, seed=seed, description=f"Fitted to {source}.")
        text = world_toml(found.world, head_comments(found, source, digest, datetime.now(UTC).date()))
        _save(out, text)
        if html is not None:
            _save(html, _page(found, source, digest))
    write(json.dumps(fit_plain(found)) if as_json else _report(found, out))


def _trial(name: str, data: Path | None, reward: str) -> tuple[FitRows, str, str]:
    assert data is not None, "checked by the caller"
    try:
        trial = load_trial(data, load_column_map(name), reward)
    except (MapError, TrialError) as error:
        raise failure(str(error), USAGE) from None
    called = Path(name).name.partition(".")[0]
    return trial_rows(trial), f"the trial {called} ({data.name}), reward {reward}", file_digest(data)


def _log(directory: Path, portfolio: str) -> tuple[FitRows, str, str]:
    try:
        rows = log_rows(directory, portfolio)
    except StoreError as error:
        raise failure(str(error), FAILED) from None
    named = f", portfolio {portfolio}" if portfolio else ""
    return with_enough_arms(rows), f"the log in {directory.name}{named}", rows_digest(rows)


def _world_name(out: Path) -> str:
    return re.sub(r"[^a-z0-9-]+", "-", out.stem.lower()).strip("-") or "fitted"


def _save(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise failure(f"cannot write {path}: {error.strerror}", FAILED) from None


def _page(found: Fit, source: str, digest: str) -> str:
    with reports_extra():
        from simulators.fit.fit_page import fit_page  # noqa: PLC0415 - only pages need what it imports

        return fit_page(found, source, digest)


def _report(found: Fit, out: Path) -> str:
    calibration = found.calibration
    lines = [verdict_words(calibration), *difference_words(found), score_words(calibration), ""]
    lines += _table(
        ("predicted chance", "rows", "predicted", "observed", "z"), [cell_row(c) for c in calibration.deciles]
    )
    lines += ["", *about_words(found), "", f"written: {out}"]
    return "\n".join(lines)


def _table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[place]) for row in [columns, *rows]) for place in range(len(columns))]
    return [
        "  ".join(
            cell.ljust(width) if not place else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in [columns, *rows]
    ]
