"""What files say that there should be.

A file is TOML with any of: a table [organization] or tables [[organizations]], a table [portfolio], tables [[campaigns]],
a table [policy]. Their keys are the fields of the proto messages. A file with campaigns or a policy and without
[portfolio] names the portfolio by a key `portfolio_id` before the tables; [organization] without an id is the default
one. A key `override_reason` before the tables says why the policy goes live without a certificate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from banditsvc.core.errors import FieldViolation, InvalidRequest
from banditsvc.core.organization import DEFAULT_ORGANIZATION_ID
from banditsvc.plain import parse_message, unknown_table
from banditsvc.toml_file import read_toml
from banditsvc.usage_error import UsageError
from banditsvc.v1 import campaign_pb2, organization_pb2, policy_pb2, portfolio_pb2

OF_PORTFOLIO = ("portfolio_id", "portfolio", "campaigns", "policy", "override_reason")
SECTIONS = ("organization", "organizations", *OF_PORTFOLIO)


class ApplyError(UsageError):
    """Files that do not say clearly what is wanted. Its text names everything at fault, one a line."""


@dataclass(slots=True, kw_only=True)
class DesiredPortfolio:
    """What is wanted of one portfolio. What is None or absent is left as it is."""

    portfolio_id: str
    portfolio: portfolio_pb2.Portfolio | None = None
    campaigns: dict[str, campaign_pb2.Campaign] = field(default_factory=dict)
    policy: policy_pb2.Policy | None = None
    override_reason: str = ""
    """Why the policy goes live without a certificate."""


@dataclass(slots=True, kw_only=True)
class Desired:
    """What is wanted of organizations and portfolios, by their ids; False for nothing."""

    organizations: dict[str, organization_pb2.Organization] = field(default_factory=dict)
    portfolios: list[DesiredPortfolio] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.organizations or self.portfolios)


def read_desired(paths: Sequence[Path]) -> Desired:
    """Returns what the files want, in the order of ids; files on the same portfolio are taken together.

    Raises:
        ApplyError: A file has unknown or malformed fields, or contradicts another.
        UsageError: A file cannot be read, or is no TOML.
    """
    organizations: dict[str, organization_pb2.Organization] = {}
    portfolios: dict[str, DesiredPortfolio] = {}
    faults: list[str] = []
    for path in paths:
        try:
            _add_file(organizations, portfolios, read_toml(path))
        except InvalidRequest as error:
            faults += [f"{path}: {violation.field}: {violation.description}" for violation in error.violations]
    if faults:
        raise ApplyError("\n".join(faults))
    return Desired(
        organizations=dict(sorted(organizations.items())),
        portfolios=[portfolios[portfolio_id] for portfolio_id in sorted(portfolios)],
    )


def _add_file(
    organizations: dict[str, organization_pb2.Organization],
    portfolios: dict[str, DesiredPortfolio],
    tables: dict[str, Any],
) -> None:
    faults = [FieldViolation(name, unknown_table(name, SECTIONS)) for name in tables if name not in SECTIONS]
    parsed = _Parsed(faults)
    for organization in parsed.organizations(tables):
        if organization.organization_id in organizations:
            faults.append(FieldViolation("organizations", f"{organization.organization_id} is given twice"))
        organizations[organization.organization_id] = organization
    portfolio = parsed.one(portfolio_pb2.Portfolio, tables, "portfolio")
    policy = parsed.one(policy_pb2.Policy, tables, "policy")
    campaigns = parsed.many(campaign_pb2.Campaign, tables, "campaigns", "campaign_id")
    portfolio_id = _portfolio_id(tables, portfolio, faults) if set(OF_PORTFOLIO) & set(tables) or not tables else ""
    reason = tables.get("override_reason", "")
    if not isinstance(reason, str):
        faults.append(FieldViolation("override_reason", "is no text"))
    if faults:
        raise InvalidRequest(faults)
    if portfolio_id:
        wanted = portfolios.setdefault(portfolio_id, DesiredPortfolio(portfolio_id=portfolio_id))
        wanted.override_reason = reason or wanted.override_reason
        _merge(wanted, portfolio, policy, campaigns)


def _portfolio_id(
    tables: dict[str, Any], portfolio: portfolio_pb2.Portfolio | None, faults: list[FieldViolation]
) -> str:
    """Returns the portfolio that a file is about; what is wrong with it is noted."""
    table = tables.get("portfolio")
    portfolio_id = tables.get("portfolio_id") or (table.get("portfolio_id", "") if isinstance(table, dict) else "")
    if not isinstance(portfolio_id, str) or not portfolio_id:
        faults.append(
            FieldViolation("portfolio_id", "is missing: give [portfolio] with it, or name it before the tables")
        )
        return ""
    if portfolio is not None and portfolio.portfolio_id not in ("", portfolio_id):
        faults.append(FieldViolation("portfolio_id", f"is not that of [portfolio], {portfolio.portfolio_id}"))
    return portfolio_id


class _Parsed:
    def __init__(self, faults: list[FieldViolation]) -> None:
        self._faults = faults

    def one(self, message_type: type[Any], tables: dict[str, Any], name: str, path: str = "") -> Any:
        if name not in tables:
            return None
        try:
            return parse_message(message_type, tables[name], path or name)
        except InvalidRequest as error:
            self._faults += error.violations
            return None

    def many(self, message_type: type[Any], tables: dict[str, Any], name: str, id_name: str) -> list[Any]:
        listed = tables.get(name, [])
        if not isinstance(listed, list):
            self._faults.append(FieldViolation(name, f"is no list: write [[{name}]] before each"))
            return []
        parsed = [self.one(message_type, {"": item}, "", f"{name}[{i}]") for i, item in enumerate(listed)]
        for index, message in enumerate(parsed):
            if message is not None and not getattr(message, id_name):
                self._faults.append(FieldViolation(f"{name}[{index}].{id_name}", "is missing"))
        return [message for message in parsed if message is not None]

    def organizations(self, tables: dict[str, Any]) -> list[organization_pb2.Organization]:
        one = self.one(organization_pb2.Organization, tables, "organization")
        if one is not None:
            one.organization_id = one.organization_id or DEFAULT_ORGANIZATION_ID
        listed = self.many(organization_pb2.Organization, tables, "organizations", "organization_id")
        return listed if one is None else [one, *listed]


def _merge(
    wanted: DesiredPortfolio,
    portfolio: portfolio_pb2.Portfolio | None,
    policy: policy_pb2.Policy | None,
    campaigns: list[campaign_pb2.Campaign],
) -> None:
    faults = []
    if portfolio is not None:
        if wanted.portfolio is not None:
            faults.append(FieldViolation("portfolio", f"{wanted.portfolio_id} is given twice"))
        portfolio.portfolio_id = wanted.portfolio_id
        wanted.portfolio = portfolio
    if policy is not None:
        if wanted.policy is not None:
            faults.append(FieldViolation("policy", f"of {wanted.portfolio_id} is given twice"))
        policy.portfolio_id = wanted.portfolio_id
        wanted.policy = policy
    for campaign in campaigns:
        if campaign.campaign_id in wanted.campaigns:
            faults.append(FieldViolation("campaigns", f"{campaign.campaign_id} is given twice"))
        wanted.campaigns[campaign.campaign_id] = campaign
    if faults:
        raise InvalidRequest(faults)
