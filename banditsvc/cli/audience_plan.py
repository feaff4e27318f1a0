"""`banditsvc rank-audience --plan`: what would be sent."""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from banditsvc.app import REGISTRY_FILE
from banditsvc.audience.part_job import Versions, active_of
from banditsvc.audience.plan import NoCommits, begin_plan, finish_plan, last_run_parts, tally
from banditsvc.audience.read_audience import Audience
from banditsvc.audience.run import AudienceRun, RunResult
from banditsvc.audience.run_directory import RunDirectory
from banditsvc.audience.plan_tally import PlanTally
from banditsvc.cli.audience_view import disk_reported, remark, shown_progress
from banditsvc.core.run_terms import RunTerms
from banditsvc.log_time import EPOCH
from banditsvc.reports.audience.plan_report import (
    PlanReport,
    capacity_table,
    plan_rows,
    plan_table,
    rejection_table,
    room_uses,
)
from banditsvc.reports.extra import reports_extra
from banditsvc.serving.active_portfolio import ActivePortfolio
from banditsvc.whole_file import whole_file

PAGE = "plan.html"


def make_plan(audience: Audience, terms: RunTerms, directory: Path, data: Path, workers: int) -> RunResult:
    """Decides an audience into a directory, with a page and tables of what it is about to send."""
    plan = RunDirectory(directory)
    with disk_reported(directory), reports_extra():
        from banditsvc.reports.audience.plan_page import plan_page  # noqa: PLC0415  needs the extra

        # A plan is for this time of sending, whenever it is committed.
        begun = begin_plan(plan, data, data / REGISTRY_FILE, replace(terms, has_send_time=True))
        with shown_progress() as progress:
            result = AudienceRun(
                audience=audience,
                begun=begun,
                service=NoCommits(),
                data=data,
                directory=plan,
                workers=workers,
                counters=directory,
                progress=progress,
                remark=remark,
            ).run()
        versions = Versions(
            data=data,
            portfolio_id=begun.terms.portfolio_id,
            position=begun.position,
            model_version=begun.model_version,
        )
        active = active_of(versions)
        last_id, last_parts = last_run_parts(data, begun.terms.portfolio_id, begun.terms.run_id)
        with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
            planned = tally([plan.part_path(number) for number in range(result.parts)], pool)
            last = tally(last_parts, pool) if last_id else None
        report = _report(plan, active, begun.terms, result, planned, last_id, last)
        for name, table in (
            ("plan.parquet", plan_table([*report.cells])),
            ("plan-rejections.parquet", rejection_table(planned)),
            ("plan-capacities.parquet", capacity_table(report.rooms)),
        ):
            _write_table(directory / name, table)
        with whole_file(directory / PAGE) as file:
            file.write(plan_page(report).encode())
        finish_plan(plan, begun, versions, result.parts)
    return result
