"""`banditsvc rank`: one decision."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from banditsvc.cli.chosen_portfolio import chosen_portfolio
from banditsvc.cli.command_failure import USAGE, CommandFailure
from banditsvc.cli.connection import connected
from banditsvc.cli.decision_view import show_decision
from banditsvc.cli.failure import reported
from banditsvc.cli.feature_remarks import FeatureRemarks
from banditsvc.cli.fields import set_fields
from banditsvc.cli.option_names import fields_named
from banditsvc.cli.options import Config, Json, PortfolioId, Server
from banditsvc.cli.output import notes, write_json
from banditsvc.cli.pairs import number_of, split_pairs
from banditsvc.import_files.context_rows import feature_of
from banditsvc.import_files.rank_rows import parse_consent
from banditsvc.plain import parse_message
from banditsvc.v1 import ranking_pb2

OPTIONS = {
    "portfolio_id": "--portfolio",
    "customer_id": "--customer",
    "context.recency_days": "--recency-days",
    "context.frequency": "--frequency",
    "context.monetary": "--monetary",
    "context.segment": "--segment",
    "context.lifecycle_stage": "--lifecycle-stage",
    "context.favourites": "--favourite",
    "context.features": "--feature",
    "context.time_zone": "--time-zone",
    "candidates": "--candidate",
    "excluded_campaign_ids": "--exclude",
    "occasion": "--occasion",
    "decision_id": "--decision-id",
    "send_time": "--send-time",
    "channel": "--channel",
    "placement": "--placement",
    "consents": "--consent",
    "assignment_key": "--assignment-key",
    "forced_campaign_id": "--forced-campaign",
    "force_reason": "--force-reason",
    "defer_activation": "--defer",
    "dry_run": "--dry-run",
    "is_test": "--test",
}
"""Options by the fields of RankRequest that they give."""


def rank(
    portfolio: PortfolioId = "",
    customer: Annotated[str, typer.Option("--customer", "-c", help="Key of the customer.")] = "",
    request: Annotated[
        Path | None, typer.Option("--request", help="JSON file with the fields of RankRequest; - reads standard input.")
    ] = None,
    recency_days: Annotated[float | None, typer.Option(help="Days since the last purchase.")] = None,
    frequency: Annotated[float | None, typer.Option(help="Number of purchases.")] = None,
    monetary: Annotated[float | None, typer.Option(help="Money spent.")] = None,
    segment: Annotated[str | None, typer.Option(help="Customer segment.")] = None,
    stage: Annotated[str | None, typer.Option("--lifecycle-stage", help="PROSPECT, NEW, ACTIVE, ...")] = None,
    favourite: Annotated[list[str] | None, typer.Option(help="name=weight; may be repeated.")] = None,
    feature: Annotated[list[str] | None, typer.Option(help="name=value; may be repeated.")] = None,
    candidate: Annotated[list[str] | None, typer.Option(help="A campaign id; none means all live ones.")] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="A campaign id that must not be chosen.")] = None,
    occasion: Annotated[str | None, typer.Option(help="Moment it is for, such as 2026-11-23/email.")] = None,
    decision_id: Annotated[str | None, typer.Option(help="Id of the decision. Default: derived.")] = None,
    send_time: Annotated[str | None, typer.Option(help="When it will go out (RFC 3339). Default: now.")] = None,
    channel: Annotated[str | None, typer.Option(help="Channel; campaigns of another one drop out.")] = None,
    placement: Annotated[str | None, typer.Option(help="Placement; campaigns for others drop out.")] = None,
    time_zone: Annotated[str | None, typer.Option(help="Zone of the customer, such as Europe/Paris.")] = None,
    consent: Annotated[
        list[str] | None, typer.Option(help="purpose/channel=GRANTED or =DENIED; may be repeated.")
    ] = None,
    assignment_key: Annotated[str | None, typer.Option(help="Household or the like. Default: the customer.")] = None,
    forced_campaign: Annotated[str | None, typer.Option(help="Choose this campaign; hard limits still hold.")] = None,
    force_reason: Annotated[str | None, typer.Option(help="Why it is forced.")] = None,
    defer: Annotated[bool, typer.Option("--defer", help="Count it only once it is activated.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing to the log.")] = False,
    test: Annotated[bool, typer.Option("--test", help="Log it, never learn from it.")] = False,
    as_json: Json = False,
    server: Server = None,
    config: Config = None,
) -> None:
    """Picks a campaign for a customer and logs the decision."""
    favourites = {name: number_of("--favourite", value) for name, value in split_pairs("--favourite", favourite or [])}
    context = {
        "recency_days": recency_days,
        "frequency": frequency,
        "monetary": monetary,
        "segment": segment,
        "lifecycle_stage": stage,
        "favourites": favourites or None,
        "features": {name: feature_of(value) for name, value in split_pairs("--feature", feature or [])} or None,
        "time_zone": time_zone,
    }
    fields = {
        "portfolio_id": portfolio or None,
        "customer_id": customer or None,
        "context": _given(context) or None,
        "candidates": candidate or None,
        "excluded_campaign_ids": exclude or None,
        "occasion": occasion,
        "decision_id": decision_id,
        "send_time": send_time,
        "channel": channel,
        "placement": placement,
        "consents": _consents(consent or []),
        "assignment_key": assignment_key,
        "forced_campaign_id": forced_campaign,
        "force_reason": force_reason,
        "defer_activation": defer or None,
        "dry_run": dry_run or None,
        "is_test": test or None,
    }
    options = {} if request else OPTIONS
    with reported(), fields_named(options):
        message = parse_message(ranking_pb2.RankRequest, {**_read_request(request), **_given(fields)})
    with connected(server, config) as client:
        message.portfolio_id = chosen_portfolio(client, message.portfolio_id)
        if message.context.features:
            remarks = FeatureRemarks(client.get_portfolio(message.portfolio_id))
            remarks.look_at(message.context)
            remarks.show()
        with fields_named(options):
            answer = client.rank(**set_fields(message))
    if as_json:
        write_json(answer)
    else:
        _show(answer)


def _consents(words: Sequence[str]) -> list[dict[str, object]] | None:
    try:
        consents = [parse_consent(word) for word in words]
    except ValueError as error:
        raise CommandFailure(f"--consent: {error}", USAGE) from None
    for given in consents:
        purpose, colon, channel = str(given["purpose"]).partition(":")
        if colon and not given["channel"]:
            notes.print(
                f"--consent: {given['purpose']} is taken for a purpose; a channel stands after a slash: "
                f"purpose/channel=GRANTED, here {purpose}/{channel}={given['state']}",
                markup=False,
                soft_wrap=True,
            )
    return consents or None


def _given(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


def _read_request(path: Path | None) -> dict[str, object]:
    if path is None:
        return {}
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
        fields = json.loads(text)
    except OSError as error:
        raise CommandFailure(f"cannot read {path}: {error.strerror}", USAGE) from None
    except ValueError as error:
        raise CommandFailure(f"the request is not valid JSON: {error}", USAGE) from None
    if not isinstance(fields, dict):
        raise CommandFailure("the request is not a JSON object", USAGE)
    return fields


def _show(answer: ranking_pb2.RankResponse) -> None:
    remarks = (
        ("replay", answer.is_replay),
        ("request differs", answer.request_differs),
        ("paused or ended since: do not send", answer.campaign_paused),
    )
    show_decision(answer.decision, [text for text, holds in remarks if holds])
