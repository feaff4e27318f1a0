"""Rules and the schema that they are checked against: protobuf to core value and back.

Whether an expression parses and fits the schema is checked when it is stored, by serving/rule_check.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from banditsvc.core.exploration import ExclusiveRules, TargetRule
from banditsvc.core.rejection import FunnelStage
from banditsvc.core.rule import FeatureType, Rule
from banditsvc.core.rules.reading import LONGEST_RULE
from banditsvc.rpc.faults import Faults, at_key
from banditsvc.rpc.wire_features import check_names
from banditsvc.rpc.wire_labels import read_entries
from banditsvc.rpc.wire_number import enum_number, members_of, require_enum
from banditsvc.rpc.wire_text import read_id, read_label, read_prose
from banditsvc.v1 import policy_pb2
from banditsvc.v1 import rule_pb2 as pb

MOST_RULES = 50
MOST_REASON = 256
MOST_SCHEMA_ENTRIES = 256
MOST_TARGET_RULES = 500

_STAGES = {
    stage.value: stage for stage in (FunnelStage.ELIGIBILITY, FunnelStage.APPLICABILITY, FunnelStage.SUITABILITY)
}
_TYPES = members_of(FeatureType)


def read_rules(messages: Sequence[pb.Rule], path: str, faults: Faults) -> tuple[Rule, ...]:
    """Returns rules in their order, with distinct names."""
    return read_entries(messages, _read_rule, MOST_RULES, path, faults)


def write_rules(rules: Sequence[Rule]) -> list[pb.Rule]:
    """Returns rules as messages."""
    return [
        pb.Rule(name=rule.name, stage=enum_number(rule.stage), expression=rule.expression, reason=rule.reason)
        for rule in rules
    ]


def read_expression(expression: str, path: str, faults: Faults) -> str:
    """Returns a condition that is required."""
    if not expression.strip():
        faults.add(path, "is required")
    return read_prose(expression, path, faults, LONGEST_RULE)


def read_schema(values: Mapping[str, int], path: str, faults: Faults) -> dict[str, FeatureType]:
    """Returns the types of further features by name."""
    if len(values) > MOST_SCHEMA_ENTRIES:
        faults.add(path, f"must have at most {MOST_SCHEMA_ENTRIES} entries")
        return {}
    check_names(values, path, faults)
    types = {name: require_enum(_TYPES, values[name], at_key(path, name), faults) for name in sorted(values)}
    return {name: kind for name, kind in types.items() if kind is not None}


def read_exclusive_rules(message: policy_pb2.ExclusiveRules, path: str, faults: Faults) -> ExclusiveRules:
    """Returns mutually exclusive rules in their order, each for another campaign."""
    path = f"{path}.rules"
    if not 1 <= len(message.rules) <= MOST_TARGET_RULES:
        faults.add(path, f"must have from 1 to {MOST_TARGET_RULES} entries")
        return ExclusiveRules()
    rules = read_entries(message.rules, _read_target_rule, MOST_TARGET_RULES, path, faults, member="campaign_id")
    return ExclusiveRules(rules=rules)


def write_exclusive_rules(exploration: ExclusiveRules) -> policy_pb2.ExclusiveRules:
    """Returns mutually exclusive rules as a message."""
    return policy_pb2.ExclusiveRules(
        rules=[
            policy_pb2.TargetRule(campaign_id=rule.campaign_id, expression=rule.expression)
            for rule in exploration.rules
        ]
    )


def _read_target_rule(message: policy_pb2.TargetRule, path: str, faults: Faults) -> TargetRule:
    return TargetRule(
        campaign_id=read_id(message.campaign_id, f"{path}.campaign_id", faults),
        expression=read_expression(message.expression, f"{path}.expression", faults),
    )


def _read_rule(message: pb.Rule, path: str, faults: Faults) -> Rule:
    return Rule(
        name=read_id(message.name, f"{path}.name", faults),
        expression=read_expression(message.expression, f"{path}.expression", faults),
        stage=_read_stage(message, f"{path}.stage", faults),
        reason=read_label(message.reason, f"{path}.reason", faults, MOST_REASON),
    )


def _read_stage(message: pb.Rule, path: str, faults: Faults) -> FunnelStage:
    if message.stage and message.stage not in _STAGES:
        faults.add(path, f"must be one of {', '.join(stage.name for stage in _STAGES.values())}")
    return _STAGES.get(message.stage, FunnelStage.ELIGIBILITY)
