"""`banditsvc certify`: whether a policy may go live, with reasons."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import IntEnum
from pathlib import Path
from typing import Annotated

import typer

from banditsvc.certificate_file import certificate_json
from banditsvc.cli.command_failure import USAGE, CommandFailure
from banditsvc.cli.data_directory import data_directory
from banditsvc.cli.failure import reported
from banditsvc.cli.moment import moment
from banditsvc.cli.options import Config, Data, PortfolioId
from banditsvc.cli.output import notes, progress_bar, write_fields, write_table
from banditsvc.cli.portfolio_of_log import portfolio_of_log
from banditsvc.core.certificate import Certificate, Verdict
from banditsvc.core.policy import Policy
from banditsvc.reports.extra import reports_extra
from offline_eval.certificate import BudgetTerms, LogTerms
from offline_eval.logged import LogRefused
from simulators.certify.candidate import Candidate
from simulators.certify.certify import CertifyTerms, LogPart
from simulators.certify.certify import certify as certified
from simulators.certify.log_part import LoggedPortfolio, log_part, logged_portfolio, with_traffic
from simulators.certify.world_terms import WorldTerms
from simulators.runs.named_policies import named_policy, settings_of
from simulators.runs.policy_settings import PolicySettings
from simulators.runs.service_policy import ServicePolicy
from simulators.worlds.read_world import read_world

_LOOKS = WorldTerms().looks


class _Exit(IntEnum):
    """Exit codes of a judgement."""

    PASS = 0
    FAIL = 1
    NOT_ENOUGH_DATA = 2


def certify(
    portfolio: PortfolioId = "",
    *,
    policy: Annotated[
        str,
        typer.Option(
            help="Policy by name, with settings after it, such as 'thompson floor=0.02'; instead of a version."
        ),
    ] = "",
    policy_version: Annotated[
        int | None, typer.Option(min=1, help="Version of one of the portfolio's policies. Default: the newest.")
    ] = None,
    worlds_only: Annotated[
        bool, typer.Option("--worlds-only", help="Judge without decisions of the log, as before there are any.")
    ] = False,
    worlds: Annotated[
        list[str] | None,
        typer.Option(
            "--world", help="A further world to try it in: a preset, or a file such as `simulate fit` writes."
        ),
    ] = None,
    budget: Annotated[
        float, typer.Option(help="Share of the deployed policy's value that it may cost at once.")
    ] = 0.02,
    find_days: Annotated[int, typer.Option(min=7, help="Days within which it must find a new winner.")] = 28,
    runs: Annotated[
        int, typer.Option(min=1, help="Most runs in each world; where few do not tell, there are so many.")
    ] = _LOOKS[1],
    since: Annotated[str | None, typer.Option(help="Decisions of the log from this time on (RFC 3339).")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the certificate to this file (JSON).")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write a page with plots to this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write the certificate (JSON).")] = False,
    data: Data = None,
    config: Config = None,
) -> None:
    """Judges a policy before it goes live: what it costs, what it finds, what it leaves to be judged by.

    Reads the log beside the running service, and runs the policy in simulated worlds. Ends with 0 for PASS, 1 for FAIL, and
    2 for NOT_ENOUGH_DATA or where nothing could be judged.
    """
    if policy and policy_version is not None:
        raise CommandFailure("--policy and --policy-version do not go together", USAGE)
    if not 0.0 < budget < 1.0:
        raise CommandFailure(f"--budget is {budget:g}: it must be between 0 and 1", USAGE)
    begin = moment("--since", since)
    with _judging(), progress_bar() as progress:
        for path in filter(None, (out, html)):
            path.parent.mkdir(parents=True, exist_ok=True)  # before the work, which takes minutes
        further = [read_world(name) for name in worlds or []]
        # A policy by name can be tried with its own learner, where there is no portfolio yet.
        settings = (
            None if worlds_only and policy and not portfolio else _settings(data_directory(data, config), portfolio)
        )
        candidate = _candidate(policy, policy_version, settings)
        terms = CertifyTerms(
            worlds=WorldTerms(
                find_days=find_days,
                looks=(min(runs, _LOOKS[0]), runs),
                most_unsubscribes=_most_unsubscribes(settings),
            ),
            log=LogTerms(budget=BudgetTerms(share=budget)),
        )
        part: LogPart | None = None
        if settings is not None and not worlds_only:
            task = progress.add_task("decisions", total=None)
            try:
                part = log_part(
                    data_directory(data, config),
                    settings,
                    candidate.policy,
                    since=begin,
                    progress=lambda done, total: progress.update(task, completed=done, total=total),
                )
            except LogRefused as error:
                raise CommandFailure(
                    f"the log cannot be judged by: {error}\nWithout a log: --worlds-only --policy ...", USAGE
                ) from error
            terms = replace(terms, log=with_traffic(terms.log, part, settings.portfolio.currency))
        task = progress.add_task("checks", total=2 * (1 + len(further)) + (2 if part is None else 5))
        found = certified(
            candidate,
            worlds=further,
            log=part,
            terms=terms,
            issue_time_us=time.time_ns() // 1000,
            on_check=lambda _: progress.advance(task),
        )
    with _judging():
        _give(found, out, html, as_json=as_json)
    sys.exit(_Exit[found.verdict.name])


@contextmanager
def _judging() -> Iterator[None]:
    """Reports errors with the exit code of a policy that could not be judged: 1 would say that it failed."""
    try:
        with reported():
            yield
    except CommandFailure as failure:
        raise CommandFailure(str(failure), _Exit.NOT_ENOUGH_DATA) from failure
    except OSError as error:
        raise CommandFailure(f"{error.filename}: {error.strerror}", _Exit.NOT_ENOUGH_DATA) from error


def _settings(directory: Path, portfolio: str) -> LoggedPortfolio:
    return logged_portfolio(directory, portfolio_of_log(directory, portfolio))


def _candidate(text: str, version: int | None, settings: LoggedPortfolio | None) -> Candidate:
    """Returns the policy with its learner: the portfolio's own, or, of a policy by name alone, the one that it says."""
    if settings is None:
        named = _named(text, _NOT_JUDGED)
        return Candidate(policy=named.policy, learner=named.learner, any_shop=True)
    policy: Policy = (
        _named(text, _OF_THE_LEARNER).policy if text else settings.policy(version or len(settings.policies))
    )
    return Candidate(policy=policy, learner=settings.portfolio.learner)


_NOT_JUDGED = frozenset({"window_days", "waits_for_feed", "frozen"})
"""Settings of policies in simulations that no policy of a service has."""
_OF_THE_LEARNER = frozenset(PolicySettings.model_fields) - {"floor"}
"""Settings that a policy has from the learner of its portfolio."""


def _named(text: str, unusable: frozenset[str]) -> ServicePolicy:
    """Returns the policy of a text, refused where it has settings that the certificate would not be about."""
    _, given = settings_of(text)
    if idle := sorted(given.keys() & unusable):
        raise CommandFailure(
            f"--policy {text!r}: {', '.join(idle)} would not be judged, as a certificate is about a policy with the learner "
            "and the window of its portfolio: leave that out, or set it in the portfolio",
            USAGE,
        )
    found = named_policy(text, read_world("certificate"))
    if not isinstance(found, ServicePolicy):
        raise CommandFailure(f"--policy {text!r} is not one that a service can run", USAGE)
    return found


def _most_unsubscribes(settings: LoggedPortfolio | None) -> float | None:
    return None if settings is None else settings.portfolio.guardrails.max_unsubscribe_rate


def _give(found: Certificate, out: Path | None, html: Path | None, *, as_json: bool) -> None:
    document = certificate_json(found)
    if out is not None:
        out.write_text(document, encoding="utf-8")
    if html is not None:
        with reports_extra():
            from banditsvc.reports.certificate_page import certificate_page  # noqa: PLC0415 - only pages need what it imports

            page = certificate_page(found)
        html.write_text(page, encoding="utf-8")
    if as_json:
        sys.stdout.write(document)
        return
    write_fields(
        [
            ("verdict", found.verdict.name),
            ("certificate", found.certificate_id),
            ("settings", found.subject.sha256[:12]),
            ("looked at", found.data_description),
        ]
    )
    write_table(["check", "verdict", "why"], [(one.name, one.verdict.name, one.reason) for one in found.checks])
    for path in (out, html):
        if path is not None:
            notes.print(f"written: {path}", markup=False, soft_wrap=True)
    if found.verdict is Verdict.PASS and out is not None:
        notes.print(f"Store it with the portfolio: banditsvc certificates file {out}", markup=False, soft_wrap=True)
