"""Portfolios: protobuf to core value and back."""

from __future__ import annotations

from banditsvc.core.exploration import ExclusiveRules, Exploration, FixedPriority, Uniform
from banditsvc.core.portfolio import POSTERIOR_TRAIN, EncoderSpec, LearnerSpec, Portfolio, RewardSpec, SettleSpec
from banditsvc.core.times import SECOND_US
from banditsvc.ports import Recorded
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_assignment import read_assignments, write_assignments
from banditsvc.rpc.wire_contact_policy import (
    read_capacities,
    read_contact_policy,
    write_capacities,
    write_contact_policy,
)
from banditsvc.rpc.wire_encoder_spec import (
    read_encoder_spec,
    read_learner_spec,
    write_encoder_spec,
    write_learner_spec,
)
from banditsvc.rpc.wire_guardrail_spec import read_guardrail_spec, write_guardrail_spec
from banditsvc.rpc.wire_lift_spec import read_lift_spec, write_lift_spec
from banditsvc.rpc.wire_number import enum_number
from banditsvc.rpc.wire_outcome import read_currency
from banditsvc.rpc.wire_owner_id import read_organization_id, read_owner_id, read_time_zone
from banditsvc.rpc.wire_phase import read_phase_spec, write_phase_spec
from banditsvc.rpc.wire_reward_spec import (
    check_checkpoints,
    needs_contact,
    read_reward_spec,
    read_settle_spec,
    write_reward_spec,
    write_settle_spec,
)
from banditsvc.rpc.wire_rules import (
    read_exclusive_rules,
    read_rules,
    read_schema,
    write_exclusive_rules,
    write_rules,
)
from banditsvc.rpc.wire_text import read_label
from banditsvc.rpc.wire_time import write_time
from banditsvc.rpc.wire_volume_minimum import read_minimums, write_minimums
from banditsvc.v1 import policy_pb2
from banditsvc.v1 import portfolio_pb2 as pb


def read_portfolio(message: pb.Portfolio) -> Portfolio:
    """Returns a portfolio as a caller wants it, based on the version that it names.

    What the service sets (learner and encoder version, update time) is left out of account.

    Raises:
        InvalidRequest: Fields are malformed; it names all of them.
    """
    faults = Faults()
    portfolio = read_portfolio_at(message, "portfolio", faults)
    faults.raise_if_any()
    return portfolio


def read_portfolio_at(message: pb.Portfolio, path: str, faults: Faults) -> Portfolio:
    """Returns a portfolio like read_portfolio; faults name fields below the path."""
    portfolio_id = read_owner_id(message.portfolio_id, f"{path}.portfolio_id", faults)
    currency = read_currency(message.currency, f"{path}.currency", faults)
    learner = _read_learner(message, path, faults)
    if message.portfolio_version < 0:
        faults.add(f"{path}.portfolio_version", "must be at least 0")
    if message.allow_no_contact and needs_contact(learner.reward):
        faults.add(
            f"{path}.allow_no_contact",
            "must be false where the reward comes from DELIVERED, OPEN and CLICK alone: sending nothing could never win",
        )
    return Portfolio(
        portfolio_id=portfolio_id,
        currency=currency,
        learner=learner,
        display_name=read_label(message.display_name, f"{path}.display_name", faults, 256),
        allow_no_contact=message.allow_no_contact,
        portfolio_version=message.portfolio_version,
        organization_id=read_organization_id(message.organization_id, f"{path}.organization_id", faults),
        time_zone=read_time_zone(message.time_zone, f"{path}.time_zone", faults),
        context_schema=read_schema(message.context_schema, f"{path}.context_schema", faults),
        rules=read_rules(message.rules, f"{path}.rules", faults),
        contact_policy=read_contact_policy(message.contact_policy, f"{path}.contact_policy", faults),
        capacities=read_capacities(message.capacities, f"{path}.capacities", faults),
        minimums=read_minimums(message.minimums, f"{path}.minimums", faults),
        business_as_usual=_read_business_as_usual(message, f"{path}.business_as_usual", faults),
        assignments=read_assignments(message.assignments, f"{path}.assignments", faults),
        guardrails=read_guardrail_spec(message.guardrail_spec, f"{path}.guardrail_spec", faults),
        lift=read_lift_spec(message.lift_spec, f"{path}.lift_spec", faults),
        phase=read_phase_spec(message.phase_spec, f"{path}.phase_spec", faults),
        sandbox=message.sandbox,
    )


def write_portfolio(recorded: Recorded[Portfolio]) -> pb.Portfolio:
    """Returns a stored portfolio as a message. Its salt stays inside."""
    portfolio = recorded.value
    return pb.Portfolio(
        portfolio_id=portfolio.portfolio_id,
        display_name=portfolio.display_name,
        currency=portfolio.currency,
        reward_spec=write_reward_spec(portfolio.learner.reward),
        settle_spec=write_settle_spec(portfolio.learner.settle),
        encoder_spec=write_encoder_spec(portfolio.learner.encoder),
        learner_spec=write_learner_spec(portfolio.learner.train),
        allow_no_contact=portfolio.allow_no_contact,
        portfolio_version=portfolio.portfolio_version,
        learner_version=portfolio.learner_version,
        encoder_version=portfolio.encoder_version,
        update_time=write_time(recorded.record_time_us),
        organization_id=portfolio.organization_id,
        time_zone=portfolio.time_zone,
        context_schema={name: enum_number(kind) for name, kind in portfolio.context_schema.items()},
        rules=write_rules(portfolio.rules),
        contact_policy=write_contact_policy(portfolio.contact_policy),
        capacities=write_capacities(portfolio.capacities),
        minimums=write_minimums(portfolio.minimums),
        business_as_usual=_write_business_as_usual(portfolio.business_as_usual),
        assignments=write_assignments(portfolio.assignments),
        guardrail_spec=write_guardrail_spec(portfolio.guardrails),
        lift_spec=write_lift_spec(portfolio.lift),
        phase_spec=write_phase_spec(portfolio.phase),
        sandbox=portfolio.sandbox,
    )


def _read_business_as_usual(message: pb.Portfolio, path: str, faults: Faults) -> Exploration:
    if not message.HasField("business_as_usual"):
        return FixedPriority()
    usual = message.business_as_usual
    match usual.WhichOneof("exploration"):
        case "exclusive_rules":
            return read_exclusive_rules(usual.exclusive_rules, f"{path}.exclusive_rules", faults)
        case "uniform":
            return Uniform()
        case None:
            faults.add(path, "must have one of fixed_priority, exclusive_rules, uniform")
    return FixedPriority()


def _write_business_as_usual(exploration: Exploration) -> pb.BusinessAsUsual:
    match exploration:
        case ExclusiveRules():
            return pb.BusinessAsUsual(exclusive_rules=write_exclusive_rules(exploration))
        case Uniform():
            return pb.BusinessAsUsual(uniform=policy_pb2.Uniform())
        case FixedPriority():
            return pb.BusinessAsUsual(fixed_priority=policy_pb2.FixedPriority())
        case _:
            raise TypeError(f"no message for {type(exploration).__name__} as business as usual")


def _read_learner(message: pb.Portfolio, path: str, faults: Faults) -> LearnerSpec:
    has = message.HasField
    reward = RewardSpec(weights=(), window_us=SECOND_US)
    if has("reward_spec"):
        reward = read_reward_spec(message.reward_spec, f"{path}.reward_spec", faults)
    else:
        faults.add(f"{path}.reward_spec", "is required")
    settle, encoder, train = SettleSpec(), EncoderSpec(), POSTERIOR_TRAIN
    if has("settle_spec"):
        settle = read_settle_spec(message.settle_spec, f"{path}.settle_spec", faults)
    if has("encoder_spec"):
        encoder = read_encoder_spec(message.encoder_spec, f"{path}.encoder_spec", faults)
    if has("learner_spec"):
        train = read_learner_spec(message.learner_spec, f"{path}.learner_spec", faults)
    learner = LearnerSpec(reward=reward, settle=settle, encoder=encoder, train=train)
    if has("reward_spec"):
        check_checkpoints(learner, f"{path}.settle_spec.checkpoints", faults)
    return learner
