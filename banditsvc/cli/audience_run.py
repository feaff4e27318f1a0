"""`banditsvc rank-audience` without a plan, and the sending of one: under the service's lease, into its log."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from banditsvc.audience.begun_run import BegunRun
from banditsvc.audience.commit import PlanCommit
from banditsvc.audience.contact_lists import ContactLists
from banditsvc.audience.list_format import ListFormat
from banditsvc.audience.part_job import Versions, active_of
from banditsvc.audience.plan_manifest import read_manifest
from banditsvc.audience.rank_audience import begin_checked, run_directory, run_under_lease
from banditsvc.audience.read_audience import Audience
from banditsvc.audience.run import RunResult
from banditsvc.audience.run_directory import RunUnderWay
from banditsvc.audience.run_ended import RunCutShort, RunEnded
from banditsvc.audience.service_run import ServiceRun, has_begun, reading_position, release_run
from banditsvc.cli.audience_view import remark, remark_nobody, shown_progress
from banditsvc.client import Client
from banditsvc.core.run_terms import RunTerms
from banditsvc.usage_error import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """Where contact lists go, and how they are written."""

    directory: Path
    list_format: ListFormat


Written = dict[Path, int]
"""Contacts in each list."""


def run_now(
    client: Client, audience: Audience, terms: RunTerms, data: Path, workers: int, *, lists: Lists | None
) -> tuple[RunResult, Written]:
    """Decides an audience into the log; returns what came of it, and the lists.

    Of a run that has ended the lists are written again: whoever was killed before they were there has no other way.
    """
    try:
        with shown_progress() as progress:
            result, service = run_under_lease(
                client, audience, terms, data, workers=workers, progress=progress, remark=remark
            )
    except RunEnded as ended:
        return _ended_before(ended, lists, data)
    remark_nobody(result, terms.occasion)
    return result, _write_lists(lists, service.begun, data, result.parts)


def commit_plan(
    client: Client, plan: Path, data: Path, *, portfolio_id: str, lists: Lists | None
) -> tuple[RunResult, Written]:
    """Sends what is planned, and nothing where something has changed since; returns what came of it, and the lists.

    A portfolio_id, where it is given, is that of the plan.
    """
    manifest = read_manifest(plan)
    if portfolio_id not in ("", manifest.terms.portfolio_id):
        raise UsageError(
            f"{plan} is a plan of portfolio {manifest.terms.portfolio_id}, and --portfolio names {portfolio_id}: nothing was "
            "sent; name a plan of that portfolio, or leave --portfolio out"
        )
    commit = PlanCommit(plan=plan, manifest=manifest, data=data, directory=run_directory(data, manifest.terms.run_id))
    commit.check_parts()
    # A plan that is stale already takes no lease. Under the lease nothing can change any more.
    if not has_begun(data, manifest.terms):
        commit.check(reading_position(data, manifest.terms))
    try:
        service = begin_checked(client, manifest.terms, data)
    except RunEnded as ended:
        commit.check_sent(ended)
        return _ended_before(ended, lists, data)
    total = sum(part.rows for part in manifest.parts)
    try:
        _send(commit, service, total)
    except RunUnderWay:
        raise  # the lease is that of the other process
    except BaseException:
        release_run(client, manifest.terms)
        raise
    service.end()
    if not total:
        remark(f"nobody was decided for in {plan}: nothing was sent")
    result = RunResult(
        run_id=manifest.terms.run_id,
        customers=total,
        rejected=0,
        passed_over=0,
        parts=len(manifest.parts),
        kept_parts=service.begun.committed_parts,
        decided=total,
        contacts=commit.contacts(),
        prices=commit.prices,
        limits=commit.limit_uses(),
    )
    begun = replace(service.begun, model_version=manifest.model_version)
    return result, _write_lists(lists, begun, data, result.parts)


def _send(commit: PlanCommit, service: ServiceRun, total: int) -> None:
    with service.renewed():
        begun = service.begun
        # What is sent already has been checked; of the rest something can have changed while the lease had lapsed.
        if not begun.committed_parts or begun.counters_position != begun.position:
            try:
                commit.check(begun.position, counters_position=begun.counters_position, first=begun.committed_parts)
            except UsageError:
                service.end()
                raise
        with shown_progress() as progress:
            commit.send(service, begun.committed_parts, lambda done: progress("sending", done, total))


def _ended_before(ended: RunEnded, lists: Lists | None, data: Path) -> tuple[RunResult, Written]:
    """Returns what came of a run that has ended, and its lists; where it was cut short and none are asked for, it fails."""
    if isinstance(ended, RunCutShort):
        if lists is None:
            raise ended
        remark(str(ended))
    else:
        remark(f"{ended} already: there was nothing to do" + ("" if lists is None else " but its lists"))
    directory = run_directory(data, ended.begun.terms.run_id)
    # A part that is finished and not in the log was never decided.
    parts = [directory.kept(number) for number in range(ended.begun.committed_parts)]
    decided = sum(part.rows for part in parts)
    result = RunResult(
        run_id=ended.begun.terms.run_id,
        customers=decided,
        rejected=0,
        passed_over=0,
        parts=len(parts),
        kept_parts=len(parts),
        decided=decided,
    )
    for part in parts:
        result.contacts.update(part.contacts)
    return result, _write_lists(lists, ended.begun, data, result.parts)


def _write_lists(lists: Lists | None, begun: BegunRun, data: Path, part_count: int) -> Written:
    if lists is None:
        return {}
    active = active_of(
        Versions(
            data=data,
            portfolio_id=begun.terms.portfolio_id,
            position=begun.position,
            model_version=begun.model_version,
        )
    )
    parts = run_directory(data, begun.terms.run_id)
    made = ContactLists(lists.directory, active.catalogue, begun.terms.channel, lists.list_format)
    made.write([parts.part_path(number) for number in range(part_count)])
    return made.counts
