"""`banditsvc simulate sweep`: which setting to choose."""

from __future__ import annotations

import json

import typer

from simulators.cli.experiment_options import ExperimentFile, Html, Jobs, Out
from simulators.cli.experiment_run import run_with_progress, write_page
from simulators.cli.failure import FAILED, reported
from simulators.cli.options import Json
from simulators.cli.output import write, write_table
from simulators.experiments.report.experiment_report import report_of
from simulators.experiments.report.sweep_words import CANDIDATE_COLUMNS, candidate_rows, sweep_sentences, sweep_values
from simulators.experiments.run_experiment import plan_of
from simulators.experiments.sweep import sweep_of, swept_policy


def sweep(experiment: ExperimentFile, out: Out, jobs: Jobs = None, html: Html = None, as_json: Json = False) -> None:
    """Runs an experiment on the settings of one policy, and names the setting to choose, why, and the runner-up.

    Exit codes: 0 a setting is named; 1 none can be, or the run was cut short (what is finished is kept, and running
    again goes on); 2 the experiment or the directory is not usable as given; 130 interrupted.
    """
    with reported():
        plan = plan_of(experiment)
        swept_policy(plan)
    run_with_progress(plan, out, jobs)
    with reported():
        found = report_of(out)
        result = sweep_of(plan, found.comparison)
    if html is not None:
        write_page(found, html)
    if as_json:
        write(json.dumps(sweep_values(result), allow_nan=False))
    else:
        title = f"{result.spec.of.value} per customer, mean over {result.seeds} seeds and {_worlds(len(plan.worlds))}"
        write_table(CANDIDATE_COLUMNS, candidate_rows(result), title)
        write("")
        for sentence in sweep_sentences(result):
            write(sentence)
    if not result.chosen:
        raise typer.Exit(FAILED)


def _worlds(count: int) -> str:
    return "1 world" if count == 1 else f"{count} worlds"
