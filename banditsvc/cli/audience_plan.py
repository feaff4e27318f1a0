"""`banditsvc rank-audience --plan`: what would be sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from banditsvc.audience.part_job import REGISTRY_FILE, Versions, active_of
from banditsvc.audience.plan import PlannedRun, begin_plan, finish_plan, last_run_parts, tally
from banditsvc.audience.read_audience import Audience
from banditsvc.audience.run import AudienceRun, RunResult
from banditsvc.audience.run_directory import RunDirectory
from banditsvc.audience.run_prices import LimitsUnmet
from banditsvc.audience.workers import worker_pool
from banditsvc.cli.audience_view import remark, shown_progress
from banditsvc.core.funnel_candidate import labels_of
from banditsvc.core.run_terms import RunTerms
from banditsvc.log_time import EPOCH
from banditsvc.reports.audience.plan_report import (
    PlanReport,
    capacity_table,
    plan_rows,
    plan_table,
    price_table,
    rejection_table,
    room_uses,
)
from banditsvc.reports.extra import reports_extra
from banditsvc.whole_file import whole_file

PAGE = "plan.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMaker:
    """Decides an audience into a directory, with a page and tables of what is about to be sent."""

    audience: Audience
    directory: Path
    data: Path
    workers: int

    def make(self, terms: RunTerms) -> RunResult:
        """Makes the plan; started again after it was ended, it goes on."""
        with reports_extra():
            from banditsvc.reports.audience.plan_page import plan_page  # noqa: PLC0415  needs the extra
        plan = RunDirectory(self.directory)
        begun = begin_plan(plan, self.data, self.data / REGISTRY_FILE, terms)
        with shown_progress() as progress:
            run = AudienceRun(
                audience=self.audience,
                portfolio_id=begun.terms.portfolio_id,
                occasion=begun.terms.occasion,
                data=self.data,
                reading_position=begun.position,
                begin=lambda: PlannedRun(begun),
                directory=plan,
                workers=self.workers,
                counters=self.directory,
                progress=progress,
                remark=remark,
            )
            try:
                result = run.run()
            except LimitsUnmet as error:
                raise LimitsUnmet(f"{error}\nChange the limits, and make the plan in another directory") from None
        versions = Versions(
            data=self.data,
            portfolio_id=begun.terms.portfolio_id,
            position=begun.position,
            model_version=begun.model_version,
        )
        report = self._report(plan, versions, begun.terms, result)
        for name, table in (
            ("plan.parquet", plan_table(report.cells)),
            ("plan-rejections.parquet", rejection_table(report.tally)),
            ("plan-capacities.parquet", capacity_table(report.rooms)),
            ("plan-prices.parquet", price_table(report.limits)),
        ):
            self._write(name, table)
        with whole_file(self.directory / PAGE) as file:
            file.write(plan_page(report).encode())
        finish_plan(plan, begun, versions, result.parts)
        return result

    def _report(self, plan: RunDirectory, versions: Versions, terms: RunTerms, result: RunResult) -> PlanReport:
        active = active_of(versions)
        last_id, last_parts = last_run_parts(self.data, terms.portfolio_id, terms.run_id)
        with worker_pool(self.workers) as pool:
            planned = tally([plan.part_path(number) for number in range(result.parts)], pool)
            last = tally(last_parts, pool) if last_id else None
        labels = [labels_of(one, terms.channel) for one in active.catalogue.values()]
        campaigns, cells = plan_rows(planned, last, active.catalogue)
        return PlanReport(
            portfolio_id=terms.portfolio_id,
            currency=active.portfolio.currency,
            run_id=terms.run_id,
            occasion=terms.occasion,
            send_time=(EPOCH + timedelta(microseconds=terms.send_time_us)).strftime("%Y-%m-%d %H:%M UTC"),
            rejected_rows=result.rejected,
            rejected_pairs=result.rejected_pairs,
            last_run_id=last_id,
            tally=planned,
            campaigns=campaigns,
            cells=cells,
            rooms=room_uses(plan.rooms_at_begin(), result.contacts, result.limits, labels),
            prices=result.prices,
            limits=result.limits,
        )

    def _write(self, name: str, table: pa.Table) -> None:
        with whole_file(self.directory / name) as file:
            pq.write_table(table, file)
