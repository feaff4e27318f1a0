"""What files say that there should be.

A file is TOML with any of: a table [portfolio], tables [[campaigns]], a table [policy]. Their keys are the fields of
the proto messages. A file without [portfolio] names the portfolio by a key `portfolio_id` before the tables.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from banditsvc.core.errors import FieldViolation, InvalidRequest
from banditsvc.plain import parse_message
from banditsvc.usage_error import UsageError
from banditsvc.v1 import campaign_pb2, policy_pb2, portfolio_pb2

SECTIONS = ("portfolio_id", "portfolio", "campaigns", "policy")


class ApplyError(UsageError):
    """Files that do not say clearly what is wanted. Its text names everything at fault, one a line."""


@dataclass(slots=True, kw_only=True)
class Desired:
    """What is wanted of one portfolio. What is None or absent is left as it is."""

    portfolio_id: str
    portfolio: portfolio_pb2.Portfolio | None = None
    campaigns: dict[str, campaign_pb2.Campaign] = field(default_factory=dict)
    policy: policy_pb2.Policy | None = None


def read_desired(paths: Sequence[Path]) -> list[Desired]:
    """Returns what the files want, by portfolio_id; files on the same portfolio are taken together.

    Raises:
        ApplyError: A file cannot be read, has unknown or malformed fields, or contradicts another.
    """
    desired: dict[str, Desired] = {}
    faults: list[str] = []
    for path in paths:
        try:
            _add_file(desired, _read_toml(path))
        except InvalidRequest as error:
            faults += [f"{path}: {violation.field}: {violation.description}" for violation in error.violations]
    if faults:
        raise ApplyError("\n".join(faults))
    return [desired[portfolio_id] for portfolio_id in sorted(desired)]


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise ApplyError(f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ApplyError(f"{path} is not valid TOML: {error}") from None


def _add_file(desired: dict[str, Desired], tables: dict[str, Any]) -> None:
    faults = [
        FieldViolation(name, f"is unknown; a file has {', '.join(SECTIONS)}") for name in tables if name not in SECTIONS
    ]
    parsed = _Parsed(faults)
    portfolio = parsed.one(portfolio_pb2.Portfolio, tables, "portfolio")
    policy = parsed.one(policy_pb2.Policy, tables, "policy")
    campaigns = parsed.many(tables)
    table = tables.get("portfolio")
    portfolio_id = tables.get("portfolio_id") or (table.get("portfolio_id", "") if isinstance(table, dict) else "")
    if not isinstance(portfolio_id, str) or not portfolio_id:
        faults.append(
            FieldViolation("portfolio_id", "is missing: give [portfolio] with it, or name it before the tables")
        )
    elif portfolio is not None and portfolio.portfolio_id not in ("", portfolio_id):
        faults.append(FieldViolation("portfolio_id", f"is not that of [portfolio], {portfolio.portfolio_id}"))
    if faults:
        raise InvalidRequest(faults)
    _merge(desired.setdefault(portfolio_id, Desired(portfolio_id=portfolio_id)), portfolio, policy, campaigns)


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

    def many(self, tables: dict[str, Any]) -> list[campaign_pb2.Campaign]:
        listed = tables.get("campaigns", [])
        if not isinstance(listed, list):
            self._faults.append(FieldViolation("campaigns", "is no list: write [[campaigns]] before each"))
            return []
        parsed = [self.one(campaign_pb2.Campaign, {"": item}, "", f"campaigns[{i}]") for i, item in enumerate(listed)]
        for index, campaign in enumerate(parsed):
            if campaign is not None and not campaign.campaign_id:
                self._faults.append(FieldViolation(f"campaigns[{index}].campaign_id", "is missing"))
        return [campaign for campaign in parsed if campaign is not None]


def _merge(
    wanted: Desired,
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
