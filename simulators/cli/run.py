"""`banditsvc simulate run`: an experiment, on all cores, resumable."""

from __future__ import annotations

import json

from simulators.cli.experiment_options import ExperimentFile, Html, Jobs, Out
from simulators.cli.experiment_run import run_with_progress, write_page
from simulators.cli.failure import reported
from simulators.cli.options import Json
from simulators.cli.output import write, write_table
from simulators.experiments.report.experiment_report import ExperimentReport, report_of
from simulators.experiments.report.report_values import report_values
from simulators.experiments.report.report_words import VALUE_COLUMNS, seeds_words, value_rows
from simulators.experiments.run_experiment import plan_of


def run(experiment: ExperimentFile, out: Out, jobs: Jobs = None, html: Html = None, as_json: Json = False) -> None:
    """Runs an experiment: every policy with every setting in every world with every seed.

    Exit codes: 0 done; 1 a worker was killed or results could not be written: what is finished is kept, and running
    again goes on; 2 the experiment or the directory is not usable as given; 130 interrupted, as 1.
    """
    with reported():
        plan = plan_of(experiment)
    run_with_progress(plan, out, jobs)
    with reported():
        found = report_of(out)
    if html is not None:
        write_page(found, html)
    if as_json:
        write(json.dumps(report_values(found), allow_nan=False))
    else:
        show_report(found)


def show_report(found: ExperimentReport) -> None:
    """Writes the values of a report as tables."""
    for world in found.worlds:
        write_table(VALUE_COLUMNS, value_rows(found, world), f"{world}, per customer over the whole run")
        write("")
    if found.comparison.baselines:
        write(f"The baseline is {found.comparison.baselines[0]}. {seeds_words(found.comparison)}")
