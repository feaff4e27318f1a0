"""`banditsvc simulate report`: the report of an experiment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from simulators.cli.experiment_options import Html
from simulators.cli.experiment_run import write_page
from simulators.cli.failure import reported
from simulators.cli.options import Json
from simulators.cli.output import write
from simulators.cli.run import show_report
from simulators.experiments.report.experiment_report import report_of
from simulators.experiments.report.report_values import report_values


def report(
    directory: Annotated[Path, typer.Argument(help="Directory of the results of `simulate run`.")],
    html: Html = None,
    as_json: Json = False,
) -> None:
    """Shows what an experiment says: values, what exploration cost, how soon new campaigns were found.

    Exit codes: 0 done; 1 the page could not be written; 2 the directory has no results, or not all of them yet.
    """
    with reported():
        found = report_of(directory)
    if html is not None:
        write_page(found, html)
    if as_json:
        write(json.dumps(report_values(found), allow_nan=False))
    elif html is None:
        show_report(found)
