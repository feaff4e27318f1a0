"""Policies by their names, as one writes them on a command line and in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from banditsvc.core.errors import InvalidRequest
from banditsvc.core.policy import Policy as CorePolicy
from banditsvc.core.policy import default_policy
from banditsvc.core.portfolio import LearnerKind
from banditsvc.core.rule import FeatureType
from banditsvc.rpc.wire_policy import read_policy
from banditsvc.usage_error import UsageError
from banditsvc.v1 import policy_pb2
from simulators.engine.campaign_calendar import CampaignCalendar
from simulators.policy_text import POLICY_FORMS, parse_policy
from simulators.runs.plain_policies import MyopicOracle, NoContact
from simulators.runs.policy import Policy
from simulators.runs.policy_settings import PolicySettings
from simulators.runs.service_policy import ServicePolicy
from simulators.runs.world_rules import exclusive_rules
from simulators.table_faults import faults_of, written
from simulators.worlds.world_spec import WorldSpec

EXCLUSIVE_RULES = "exclusive_rules"
ORACLE = "oracle"
NO_CONTACT = "no_contact"
_OTHER_NAMES = {"coin": "uniform", "fixed_order": "fixed_priority"}
NAMED_POLICIES = f"{POLICY_FORMS}; coin, fixed_order, {EXCLUSIVE_RULES}, {NO_CONTACT}, {ORACLE}"
"""What can be written. Settings may follow, as in `default floor=0.02 window_days=1`; see PolicySettings."""

_PORTFOLIO_ID = "simulated"


def named_policy(text: str, world: WorldSpec, settings: Mapping[str, Any] | None = None) -> Policy:
    """Returns the policy of a text, for a world.

    Args:
        text: One of NAMED_POLICIES; settings may follow it after blanks, each as NAME=VALUE.
        world: Whose reward and rules it goes by.
        settings: Further settings by name; they go after those of the text.

    Raises:
        UsageError: It is no policy, a setting is unknown or out of range, or the world does not allow it.
    """
    name, given = settings_of(text)
    read = read_settings(text, {**given, **(settings or {})})
    if name in {ORACLE, NO_CONTACT}:
        return _plain(name, world, read)
    learner = read.applied_to(world.reward.learner_spec())
    policy = _core_policy(name, world, learner.train.learner)
    if read.floor is not None:
        policy = replace(policy, floor=read.floor)
    schema = dict.fromkeys(world.population.features, FeatureType.TEXT)
    return ServicePolicy(
        policy=policy,
        learner=learner,
        context_schema=schema,
        window_days=read.window_days,
        frozen=read.frozen,
    )


def _plain(name: str, world: WorldSpec, settings: PolicySettings) -> Policy:
    if settings != PolicySettings():
        raise UsageError(f"{name} has no settings: leave them out")
    if name == ORACLE:
        return MyopicOracle()
    if not world.no_contact:
        raise UsageError(f"{NO_CONTACT}: the world {world.name} does not allow it: set no_contact = true")
    return NoContact()


def _core_policy(name: str, world: WorldSpec, learner: LearnerKind) -> CorePolicy:
    if name == EXCLUSIVE_RULES:
        return CorePolicy(portfolio_id=_PORTFOLIO_ID, exploration=exclusive_rules(CampaignCalendar(world).entries))
    return core_policy(name, _PORTFOLIO_ID, learner)


def core_policy(name: str, portfolio_id: str, learner: LearnerKind) -> CorePolicy:
    """Returns the policy of a name that needs no world, without settings; the default one is what goes with the learner.

    Raises:
        UsageError: It is none, or a number in it is out of range.
    """
    try:
        wished = parse_policy(_OTHER_NAMES.get(name, name))
    except ValueError:
        raise UsageError(f"{name!r} is no policy: write {NAMED_POLICIES}") from None
    if wished is None:
        return default_policy(portfolio_id, learner)
    message = policy_pb2.Policy(portfolio_id=portfolio_id)
    message.MergeFrom(wished)
    try:
        return read_policy(message)
    except InvalidRequest as error:
        raise UsageError(f"{name}: {error}") from None


def settings_of(text: str) -> tuple[str, dict[str, str]]:
    """Returns the name of a policy, and the settings that follow it, as written.

    Raises:
        UsageError: A setting is not written as NAME=VALUE.
    """
    name, *given = text.split() or [""]
    return name, dict(_setting(text, one) for one in given)


def _setting(text: str, given: str) -> tuple[str, str]:
    name, sign, value = given.partition("=")
    if not sign:
        raise UsageError(f"{text!r}: {given!r} is no setting: write NAME=VALUE, as in floor=0.02")
    return name, value


def read_settings(text: str, given: Mapping[str, Any]) -> PolicySettings:
    """Returns the settings that were given of a policy.

    Raises:
        UsageError: One is unknown or out of range.
    """
    try:
        return PolicySettings.model_validate(given)
    except ValidationError as error:
        faults = [f"{written(place)}: {fault}" for place, fault in faults_of(error, PolicySettings)]
        raise UsageError("\n".join(f"policy {text!r}: {fault}" for fault in faults)) from None
