"""How commands run an experiment: with a progress bar, and with a word on what to do where it is cut short."""

from __future__ import annotations

from pathlib import Path

from banditsvc.reports.extra import reports_extra
from simulators.cli.failure import FAILED, failure, reported
from simulators.cli.output import note, progress_bar
from simulators.experiments.plan import Plan
from simulators.experiments.report.experiment_report import ExperimentReport
from simulators.experiments.run_experiment import run_plan
from simulators.experiments.run_part import part_directory
from simulators.experiments.whole_files import write_whole
from simulators.experiments.workers import PartFailed

INTERRUPTED = 130
"""Exit code: stopped by an interrupt; what is finished is kept."""


def run_with_progress(plan: Plan, out: Path, jobs: int | None) -> None:
    """Runs an experiment; what goes wrong ends the command with a message."""
    with reported():
        try:
            with progress_bar() as progress:
                task = progress.add_task(f"Parts of {plan.experiment.name}", total=len(plan.parts))
                run_plan(plan, out, jobs=jobs, progress=lambda done, _: progress.update(task, completed=done))
        except PartFailed as error:
            raise failure(f"{error}\n{_kept(plan, out)}", FAILED) from None
        except KeyboardInterrupt:
            raise failure(f"interrupted: {_kept(plan, out)}", INTERRUPTED) from None


def _kept(plan: Plan, out: Path) -> str:
    # Counted where they lie: a part may be finished although its worker could no longer say so.
    done = sum(part_directory(out, part).is_dir() for part in plan.parts)
    return f"{done} of {len(plan.parts)} parts are finished and kept; run the same command again, and it goes on"


def write_page(report: ExperimentReport, path: Path) -> None:
    """Writes the page of a report."""
    with reported(), reports_extra():
        from simulators.experiments.report.report_page import report_page  # noqa: PLC0415 - only pages need its imports

        write_whole(path, report_page(report))
    note(f"written: {path}")
