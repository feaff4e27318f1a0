"""How what is wanted differs from what the service has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

import grpc
from google.protobuf.message import Message

from banditsvc.apply.desired import Desired
from banditsvc.apply.normal_form import normal_campaign, normal_policy, normal_portfolio
from banditsvc.client import BanditsvcError, Client
from banditsvc.core.errors import FieldViolation, InvalidRequest
from banditsvc.plain import exploration_text, number_text, plain_fields
from banditsvc.v1 import campaign_pb2, policy_pb2, portfolio_pb2

NAMED_BY_SUBJECT = ("portfolio_id", "campaign_id")
"""Fields that the subject of a change tells already."""

Wanted: TypeAlias = portfolio_pb2.Portfolio | campaign_pb2.Campaign | policy_pb2.Policy


class Action(Enum):
    """What is to be done about one thing."""

    CREATE = "create"
    UPDATE = "update"
    PAUSE = "pause"
    DEPLOY = "deploy"
    NOTHING = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that differs. None stands for a field that is not set."""

    path: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be done about one portfolio, campaign or policy."""

    portfolio_id: str
    action: Action
    subject: str
    """For people, such as `campaign spring-sale`."""
    wanted: Wanted
    fields: tuple[FieldChange, ...] = ()
    refusal: str = ""
    """Why the service will refuse it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes in the order in which they can be made."""

    changes: tuple[Change, ...]

    @property
    def pending(self) -> tuple[Change, ...]:
        """Returns the changes that do something."""
        return tuple(change for change in self.changes if change.action is not Action.NOTHING)

    @property
    def refusals(self) -> tuple[str, ...]:
        """Returns why the service will refuse some of the changes."""
        return tuple(change.refusal for change in self.changes if change.refusal)


def make_plan(client: Client, desired: list[Desired], *, prune: bool = False) -> Plan:
    """Returns what is to be done so that the service has what is wanted. Changes nothing.

    With prune, live and draft campaigns that are not wanted are paused; else they are left alone.

    Raises:
        InvalidRequest: Something wanted is malformed; all such fields are named.
        BanditsvcError: The service did not answer.
    """
    violations: list[FieldViolation] = []
    changes: list[Change] = []
    for wanted in desired:
        try:
            checked = _checked(wanted)
        except InvalidRequest as error:
            violations += error.violations
        else:
            changes += _changes(client, wanted, checked, prune=prune)
    if violations:
        raise InvalidRequest(violations)
    return Plan(tuple(changes))


def _checked(wanted: Desired) -> Desired:
    violations: list[FieldViolation] = []
    checked = Desired(portfolio_id=wanted.portfolio_id)
    try:
        checked.portfolio = normal_portfolio(wanted.portfolio) if wanted.portfolio else None
    except InvalidRequest as error:
        violations += error.violations
    for campaign_id, campaign in wanted.campaigns.items():
        try:
            checked.campaigns[campaign_id] = normal_campaign(campaign)
        except InvalidRequest as error:
            violations += error.violations
    try:
        checked.policy = normal_policy(wanted.policy) if wanted.policy else None
    except InvalidRequest as error:
        violations += error.violations
    if violations:
        raise InvalidRequest(violations)
    return checked


def _changes(client: Client, written: Desired, wanted: Desired, *, prune: bool) -> Iterator[Change]:
    """Yields the changes to what is wanted in normal form; of something new, the fields shown are those written."""
    stored = _stored_portfolio(client, wanted.portfolio_id)
    if stored is None and wanted.portfolio is None:
        raise InvalidRequest(
            [FieldViolation("portfolio_id", f"portfolio {wanted.portfolio_id!r} does not exist: add [portfolio]")]
        )
    if wanted.portfolio is not None:
        yield _portfolio_change(written.portfolio, wanted.portfolio, stored)
    stored_campaigns = client.list_campaigns(wanted.portfolio_id) if stored is not None else []
    catalogue = {campaign.campaign_id: campaign for campaign in stored_campaigns}
    for campaign_id, campaign in sorted(wanted.campaigns.items()):
        fields = _difference(catalogue.get(campaign_id), campaign, written.campaigns[campaign_id])
        subject = f"campaign {campaign_id}"
        action = _action(fields, is_new=campaign_id not in catalogue)
        yield Change(portfolio_id=wanted.portfolio_id, action=action, subject=subject, wanted=campaign, fields=fields)
    if prune:
        yield from _pruned(wanted, catalogue)
    if wanted.policy is not None:
        deployed = normal_policy(client.get_policy(wanted.portfolio_id).policy) if stored is not None else None
        yield _policy_change(written.policy, wanted.policy, deployed)


def _portfolio_change(
    written: portfolio_pb2.Portfolio | None, wanted: portfolio_pb2.Portfolio, stored: portfolio_pb2.Portfolio | None
) -> Change:
    fields = _difference(normal_portfolio(stored) if stored else None, wanted, written or wanted)
    action, refusal = _action(fields, is_new=stored is None), ""
    if stored is not None:
        # So that a change by somebody else since this plan was made is not overwritten.
        wanted.portfolio_version = stored.portfolio_version
        if wanted.currency != stored.currency:
            action = Action.REFUSED
            refusal = f"the currency of portfolio {stored.portfolio_id!r} is {stored.currency} for good"
    return Change(
        portfolio_id=wanted.portfolio_id,
        action=action,
        subject=f"portfolio {wanted.portfolio_id}",
        wanted=wanted,
        fields=fields,
        refusal=refusal,
    )


def _policy_change(
    written: policy_pb2.Policy | None, wanted: policy_pb2.Policy, deployed: policy_pb2.Policy | None
) -> Change:
    """Returns how the policies differ in what they do; a description alone is no reason for a new version."""
    old = _policy_fields(deployed) if deployed else {}
    does_nothing = old == _policy_fields(wanted)
    shown = _policy_fields(wanted if deployed else written or wanted)
    fields = [FieldChange(name, old.get(name), text) for name, text in shown.items() if old.get(name) != text]
    return Change(
        portfolio_id=wanted.portfolio_id,
        action=Action.NOTHING if does_nothing else Action.DEPLOY,
        subject="policy",
        wanted=wanted,
        fields=() if does_nothing else tuple(fields),
    )


def _policy_fields(policy: policy_pb2.Policy) -> dict[str, str]:
    return {"exploration": exploration_text(policy), "floor": number_text(policy.floor)}


def _pruned(wanted: Desired, catalogue: dict[str, campaign_pb2.Campaign]) -> Iterator[Change]:
    running = (campaign_pb2.CAMPAIGN_STATE_LIVE, campaign_pb2.CAMPAIGN_STATE_DRAFT)
    for campaign_id, campaign in sorted(catalogue.items()):
        if campaign_id not in wanted.campaigns and campaign.state in running:
            yield Change(
                portfolio_id=wanted.portfolio_id,
                action=Action.PAUSE,
                subject=f"campaign {campaign_id}",
                wanted=campaign,
            )


def _action(fields: tuple[FieldChange, ...], *, is_new: bool) -> Action:
    return Action.CREATE if is_new else Action.UPDATE if fields else Action.NOTHING


def _difference(stored: Message | None, wanted: Message, written: Message) -> tuple[FieldChange, ...]:
    if stored is None:
        fields = plain_fields(written).items()
        return tuple(FieldChange(path, None, text) for path, text in fields if path not in NAMED_BY_SUBJECT)
    old, new = plain_fields(stored), plain_fields(wanted)
    paths = [*new, *(path for path in old if path not in new)]
    return tuple(FieldChange(path, old.get(path), new.get(path)) for path in paths if old.get(path) != new.get(path))


def _stored_portfolio(client: Client, portfolio_id: str) -> portfolio_pb2.Portfolio | None:
    try:
        return client.get_portfolio(portfolio_id)
    except BanditsvcError as error:
        if error.code is grpc.StatusCode.NOT_FOUND:
            return None
        raise
