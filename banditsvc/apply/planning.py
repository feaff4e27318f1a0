"""How what is wanted differs from what the service has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

import grpc
from google.protobuf.message import Message

from banditsvc.apply.desired import Desired, DesiredPortfolio
from banditsvc.apply.difference import FieldChange, difference, policy_difference
from banditsvc.apply.normal_form import normal_campaign, normal_organization, normal_policy, normal_portfolio
from banditsvc.apply.plan import Action, Change, Plan
from banditsvc.client import BanditsvcError, Client
from banditsvc.core.errors import FieldViolation, InvalidRequest
from banditsvc.v1 import campaign_pb2, organization_pb2, policy_pb2, portfolio_pb2

M = TypeVar("M", bound=Message)


def make_plan(client: Client, desired: Desired, *, prune: bool = False) -> Plan:
    """Returns what is to be done so that the service has what is wanted. Changes nothing.

    With prune, live and draft campaigns that are not wanted are paused; else they are left alone.

    Raises:
        InvalidRequest: Something wanted is malformed; all such fields are named.
        BanditsvcError: The service did not answer.
    """
    normal = _Normal()
    organizations = {name: normal.of(normal_organization, one) for name, one in desired.organizations.items()}
    portfolios = [normal.portfolio(written) for written in desired.portfolios]
    if normal.violations:
        raise InvalidRequest(normal.violations)
    _check_organizations(client, desired)
    changes = [_organization_change(client, desired.organizations[name], organizations[name]) for name in organizations]
    for written, wanted in zip(desired.portfolios, portfolios, strict=True):
        changes += _portfolio_changes(client, written, wanted, prune=prune)
    overrides = {written.portfolio_id: written.override_reason for written in desired.portfolios}
    return Plan(tuple(changes), overrides)


def _check_organizations(client: Client, desired: Desired) -> None:
    """Checks that the organizations which new portfolios name exist, or are wanted too."""
    violations = []
    for written in desired.portfolios:
        name = "" if written.portfolio is None else written.portfolio.organization_id
        if not name or name in desired.organizations or _found(client.get_organization, name) is not None:
            continue
        if _found(client.get_portfolio, written.portfolio_id) is None:
            remedy = f"organization {name!r} does not exist: add [organization]"
            violations.append(FieldViolation(f"portfolio {written.portfolio_id}: organization_id", remedy))
    if violations:
        raise InvalidRequest(violations)


class _Normal:
    """Brings messages into normal form and gathers what is wrong with them."""

    def __init__(self) -> None:
        self.violations: list[FieldViolation] = []

    def of(self, normal: Callable[[M], M], message: M) -> M:
        try:
            return normal(message)
        except InvalidRequest as error:
            self.violations += error.violations
            return message

    def portfolio(self, written: DesiredPortfolio) -> DesiredPortfolio:
        return DesiredPortfolio(
            portfolio_id=written.portfolio_id,
            portfolio=None if written.portfolio is None else self.of(normal_portfolio, written.portfolio),
            campaigns={name: self.of(normal_campaign, one) for name, one in written.campaigns.items()},
            policy=None if written.policy is None else self.of(normal_policy, written.policy),
        )


def _organization_change(
    client: Client, written: organization_pb2.Organization, wanted: organization_pb2.Organization
) -> Change:
    stored = _found(client.get_organization, wanted.organization_id)
    if stored is not None and not stored.organization_version:
        stored = None  # the default organization, which nobody has set up yet
    fields = difference(_as_stored(normal_organization, stored), wanted, written, "organization_id")
    if stored is not None:
        wanted.organization_version = stored.organization_version
    return Change(
        portfolio_id="",
        action=_action(fields, is_new=stored is None),
        subject=f"organization {wanted.organization_id}",
        wanted=wanted,
        fields=fields,
    )


def _portfolio_changes(
    client: Client, written: DesiredPortfolio, wanted: DesiredPortfolio, *, prune: bool
) -> Iterator[Change]:
    """Yields the changes to what is wanted in normal form; of something new, the fields shown are those written."""
    portfolio_id = wanted.portfolio_id
    stored = _found(client.get_portfolio, portfolio_id)
    if stored is None and wanted.portfolio is None:
        raise InvalidRequest(
            [FieldViolation("portfolio_id", f"portfolio {portfolio_id!r} does not exist: add [portfolio]")]
        )
    if wanted.portfolio is not None:
        yield _portfolio_change(written.portfolio or wanted.portfolio, wanted.portfolio, stored)
    stored_campaigns = client.list_campaigns(portfolio_id) if stored is not None else []
    catalogue = {campaign.campaign_id: campaign for campaign in stored_campaigns}
    for campaign_id, campaign in sorted(wanted.campaigns.items()):
        known = catalogue.get(campaign_id)
        said = written.campaigns[campaign_id]
        fields = difference(_as_stored(normal_campaign, known), campaign, said, "campaign_id")
        subject = f"campaign {campaign_id}"
        action = _action(fields, is_new=known is None)
        yield Change(portfolio_id=portfolio_id, action=action, subject=subject, wanted=campaign, fields=fields)
    if prune:
        yield from _pruned(wanted, catalogue)
    if wanted.policy is not None:
        deployed = None if stored is None else _as_stored(normal_policy, client.get_policy(portfolio_id).policy)
        yield _policy_change(written.policy or wanted.policy, wanted.policy, deployed)


def _portfolio_change(
    written: portfolio_pb2.Portfolio, wanted: portfolio_pb2.Portfolio, stored: portfolio_pb2.Portfolio | None
) -> Change:
    fields = difference(_as_stored(normal_portfolio, stored), wanted, written, "portfolio_id")
    action, refusal = _action(fields, is_new=stored is None), ""
    if stored is not None:
        # So that a change by somebody else since this plan was made is not overwritten.
        wanted.portfolio_version = stored.portfolio_version
        refusal = _refusal(wanted, stored)
    return Change(
        portfolio_id=wanted.portfolio_id,
        action=Action.REFUSED if refusal else action,
        subject=f"portfolio {wanted.portfolio_id}",
        wanted=wanted,
        fields=fields,
        refusal=refusal,
    )


def _refusal(wanted: portfolio_pb2.Portfolio, stored: portfolio_pb2.Portfolio) -> str:
    if wanted.currency != stored.currency:
        return f"the currency of portfolio {stored.portfolio_id!r} is {stored.currency} for good"
    if wanted.organization_id != stored.organization_id:
        return f"portfolio {stored.portfolio_id!r} belongs to organization {stored.organization_id!r} for good"
    return ""


def _policy_change(written: policy_pb2.Policy, wanted: policy_pb2.Policy, deployed: policy_pb2.Policy | None) -> Change:
    """Returns how the policies differ in what they do; a description alone is no reason for a new version."""
    fields = policy_difference(deployed, wanted, written)
    return Change(
        portfolio_id=wanted.portfolio_id,
        action=Action.DEPLOY if fields else Action.NOTHING,
        subject="policy",
        wanted=wanted,
        fields=fields,
    )


def _pruned(wanted: DesiredPortfolio, catalogue: dict[str, campaign_pb2.Campaign]) -> Iterator[Change]:
    running = (campaign_pb2.CAMPAIGN_STATE_LIVE, campaign_pb2.CAMPAIGN_STATE_DRAFT)
    for campaign_id, campaign in sorted(catalogue.items()):
        if campaign_id not in wanted.campaigns and campaign.state in running:
            yield Change(
                portfolio_id=wanted.portfolio_id,
                action=Action.PAUSE,
                subject=f"campaign {campaign_id}",
                wanted=campaign,
            )


def _as_stored(normal: Callable[[M], M], stored: M | None) -> M | None:
    """Returns what is stored in normal form; as it is where an older version has stored what is refused today."""
    try:
        return None if stored is None else normal(stored)
    except InvalidRequest:
        return stored


def _action(fields: tuple[FieldChange, ...], *, is_new: bool) -> Action:
    return Action.CREATE if is_new else Action.UPDATE if fields else Action.NOTHING


def _found(get: Callable[[str], M], name: str) -> M | None:
    try:
        return get(name)
    except BanditsvcError as error:
        if error.code is grpc.StatusCode.NOT_FOUND:
            return None
        raise
