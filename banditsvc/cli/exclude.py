"""`banditsvc exclude`: keep decisions from being learned from and evaluated."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from typing import Annotated

import typer
from google.protobuf.timestamp_pb2 import Timestamp
from rich.text import Text

from banditsvc.cli.chosen_portfolio import chosen_portfolio
from banditsvc.cli.command_failure import USAGE, CommandFailure
from banditsvc.cli.connection import connected
from banditsvc.cli.exclusion_view import campaign_words, number_of_decisions, span_words
from banditsvc.cli.moment import moment
from banditsvc.cli.option_names import fields_named
from banditsvc.cli.options import Config, Json, PortfolioId, Server, Yes
from banditsvc.cli.output import counted, notes, write_fields, write_json, write_table
from banditsvc.client import Client
from banditsvc.v1 import contact_policy_pb2, exclusion_pb2

_OPTIONS = {
    "exclusion.start_time": "--from",
    "exclusion.end_time": "--to",
    "start_time": "--from",
    "exclusion.reason": "--reason",
    "exclusion.author": "--author",
    "exclusion.campaigns.campaign_ids": "--campaign",
    "exclusion.campaigns.families": "--family",
    "exclusion.campaigns.channels": "--channel",
}
"""Options by the fields that they give."""


def exclude(
    reason: Annotated[str, typer.Option(help="Why; it goes into the log and into reports.")],
    from_time: Annotated[str | None, typer.Option("--from", help="First send time (RFC 3339). Default: all.")] = None,
    to_time: Annotated[
        str | None, typer.Option("--to", help="First send time after it. Default: without end, until it is revoked.")
    ] = None,
    campaign: Annotated[list[str] | None, typer.Option(help="Id of a campaign, as often as needed.")] = None,
    family: Annotated[list[str] | None, typer.Option(help="A family of campaigns, as often as needed.")] = None,
    channel: Annotated[list[str] | None, typer.Option(help="A channel, as often as needed.")] = None,
    broken_feed: Annotated[
        bool,
        typer.Option(
            "--broken-feed",
            help="The times are those of outcomes that were lost: excludes what was sent up to a window before, too.",
        ),
    ] = False,
    author: Annotated[str, typer.Option(help="Who says so, for the log.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what it would cover and change nothing.")] = False,
    yes: Yes = False,
    portfolio: PortfolioId = "",
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Keeps decisions from being learned from and evaluated: those of a mis-send, or of a broken feed.

    Nothing is deleted, and `exclusions revoke` undoes it. What it covers is shown first.
    """
    start, end = moment("--from", from_time), moment("--to", to_time)
    with connected(server, config) as client, fields_named(_OPTIONS):
        portfolio_id = chosen_portfolio(client, portfolio)
        if broken_feed:
            start = _window_before(client, portfolio_id, start)
        wanted = exclusion_pb2.Exclusion(
            portfolio_id=portfolio_id,
            start_time=_stamp(start),
            end_time=_stamp(end),
            campaigns=_selector(campaign, family, channel),
            reason=reason,
            author=author,
        )
        found = client.create_exclusion(wanted, dry_run=True)
        if not as_json:
            _show(found)
        if not dry_run and not found.is_repeat:
            if not yes and not _confirmed(found):
                raise CommandFailure("nothing was changed")
            found = client.create_exclusion(wanted)
    if as_json:
        write_json(found)
    elif found.is_repeat or not dry_run:
        _tell_done(found)


def _window_before(client: Client, portfolio_id: str, start: datetime | None) -> datetime:
    """Returns the first send time whose outcome window reaches into a time."""
    if start is None:
        raise CommandFailure("--broken-feed needs --from: since when outcomes were lost", USAGE)
    window = client.get_portfolio(portfolio_id).reward_spec.outcome_window.ToTimedelta()
    # A window does not have its own end.
    return start - window + timedelta(microseconds=1)


def _stamp(time: datetime | None) -> Timestamp | None:
    if time is None:
        return None
    stamp = Timestamp()
    stamp.FromDatetime(time)
    return stamp


def _selector(
    campaign: list[str] | None, family: list[str] | None, channel: list[str] | None
) -> contact_policy_pb2.CampaignSelector | None:
    if not (campaign or family or channel):
        return None
    return contact_policy_pb2.CampaignSelector(campaign_ids=campaign, families=family, channels=channel)


def _show(found: exclusion_pb2.CreateExclusionResponse) -> None:
    exclusion = found.exclusion
    decisions = number_of_decisions(exclusion)
    write_fields(
        [
            ("portfolio", exclusion.portfolio_id),
            ("send time", span_words(exclusion)),
            ("campaigns", campaign_words(exclusion)),
            ("reason", exclusion.reason),
            ("decisions", f"{decisions} so far; the model has learned from {found.learned_count:,} of them"),
        ]
    )
    if found.campaigns:
        rows = [
            (one.campaign_id or "-", f"{one.decision_count:,}", f"{one.learned_count:,}") for one in found.campaigns
        ]
        write_table(["campaign", ">decisions", ">learned"], rows)
    if not (exclusion.HasField("start_time") or exclusion.HasField("end_time") or exclusion.HasField("campaigns")):
        warning = Text("THIS EXCLUDES EVERYTHING: ", style="bold red")
        text = "every decision ever made, and all to come until it is revoked. Nothing will be learned."
        notes.print(warning.append(text, style="not bold"), soft_wrap=True)


def _confirmed(found: exclusion_pb2.CreateExclusionResponse) -> bool:
    if not sys.stdin.isatty():
        raise CommandFailure("there is nobody to ask: say --yes to exclude", USAGE)
    return typer.confirm(f"Exclude {counted(found.exclusion.decision_count, 'decision')}?", err=True)


def _tell_done(found: exclusion_pb2.CreateExclusionResponse) -> None:
    exclusion = found.exclusion
    name, number = exclusion.portfolio_id, exclusion.exclusion_id
    news = "was in force already" if found.is_repeat else "is in force; a relearn follows by itself"
    notes.print(
        f"Exclusion {number} {news}. Undo it with: "
        f'banditsvc exclusions revoke {number} --portfolio {name} --reason "TEXT"',
        markup=False,
        soft_wrap=True,
    )
