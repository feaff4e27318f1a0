"""Random rules and customers, and what a rule means, told a second way."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st

from banditsvc.core.campaign import Campaign, CampaignKind, CampaignType
from banditsvc.core.context import CustomerContext, LifecycleStage
from banditsvc.core.decision import RankInput
from banditsvc.core.rule import FeatureType
from banditsvc.core.rules.columns import Row

SCHEMA: Mapping[str, FeatureType] = {
    "open_issue": FeatureType.FLAG,
    "app user": FeatureType.FLAG,
    "readiness": FeatureType.TEXT,
    "annual_purchase": FeatureType.NUMBER,
    "visited": FeatureType.TEXTS,
    "segment": FeatureType.TEXT,
}

_NUMBERS = [
    *("recency_days", "frequency", "monetary", "r", "f", "annual_purchase", 'favourites["shoes"]'),
    *("campaign.value", "campaign.fixed_priority"),
]
_TEXT_FIELDS = [
    *("segment", "readiness", 'features["segment"]', "channel", "campaign.channel", "campaign.category"),
]
_FLAGS = ["open_issue", 'features["app user"]']
_LISTS = ["favourites", "visited"]
_TEXTS = ["shoes", "gold", "email", "bags"]
_STAGES = [stage.name for stage in LifecycleStage]
_CONSTANTS = ["0", "1", "2", "3", "5", "0.5", "100", "1e308"]


def _joined(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.tuples(*parts).map(" ".join)


def _one(options: list[str]) -> st.SearchStrategy[str]:
    return st.sampled_from(options)


def _quoted(options: list[str]) -> st.SearchStrategy[str]:
    return _one([f'"{option}"' for option in options])


def _list(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=4).map(lambda some: f"[{', '.join(some)}]")


def _bracketed(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return inner.map(lambda text: f"({text})")


_EQUAL, _IN, _ORDER = _one(["==", "!="]), _one(["in", "not in"]), _one(["<", "<=", "==", "!=", ">=", ">"])
_number = st.one_of(
    _one(_NUMBERS),
    _one(_NUMBERS),
    _bracketed(_joined(_one(_NUMBERS), _one(["+", "-", "*", "/"]), _one(_NUMBERS + _CONSTANTS[1:]))),
    _one(_NUMBERS).map(lambda name: f"-{name}"),
)
_constant = _one(_CONSTANTS)
_leaf = st.one_of(
    _joined(_number, _ORDER, st.one_of(_number, _constant)),
    _joined(_number, _ORDER, _constant),
    _joined(_constant, _ORDER, _number, _ORDER, _constant),
    _joined(_number, _IN, _list(_constant)),
    _joined(_one(_TEXT_FIELDS), _EQUAL, st.one_of(_quoted(_TEXTS), _one(_TEXT_FIELDS))),
    _joined(_one(_TEXT_FIELDS), _IN, _list(_quoted(_TEXTS))),
    _joined(_one(["lifecycle_stage"]), _EQUAL, _quoted(_STAGES)),
    _joined(_one(["lifecycle_stage"]), _IN, _list(_quoted(_STAGES))),
    _joined(_one(["campaign.type"]), _EQUAL, _quoted([member.name for member in CampaignType])),
    _one(_FLAGS),
    _joined(_one(_FLAGS), _EQUAL, _one([*_FLAGS, "True", "False"])),
    _joined(st.one_of(_quoted(_TEXTS), _one(_TEXT_FIELDS)), _IN, _one(_LISTS)),
    _one([*_NUMBERS, *_TEXT_FIELDS, *_FLAGS, *_LISTS, "lifecycle_stage"]).map(lambda name: f"known({name})"),
)
rules = st.recursive(
    _leaf,
    lambda inner: st.one_of(
        _joined(_bracketed(inner), _one(["and", "or"]), _bracketed(inner)), _bracketed(inner).map("not {}".format)
    ),
    max_leaves=6,
)
"""Texts of rules."""


def _maybe(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), values)


_amounts = st.sampled_from([0.0, 1.0, 2, 3.0, 99.5, 100.0, 1e308])
_scores = st.integers(1, 5)
_texts = st.sampled_from(_TEXTS)
_any_feature = st.one_of(_amounts, st.booleans(), _texts, st.lists(_texts, max_size=3).map(tuple))
contexts = st.builds(
    CustomerContext,
    recency_days=_maybe(_amounts),
    frequency=_maybe(_amounts),
    monetary=_maybe(_amounts),
    r=_maybe(_scores),
    f=_maybe(_scores),
    segment=_maybe(_texts),
    lifecycle_stage=_maybe(st.sampled_from(LifecycleStage)),
    favourites=st.dictionaries(_texts, st.sampled_from([0.0, 0.5, 1]), max_size=3),
    features=st.dictionaries(st.sampled_from(sorted(SCHEMA)), _any_feature)
    | st.fixed_dictionaries(
        {},
        optional={
            "open_issue": st.booleans(),
            "app user": st.booleans(),
            "readiness": _texts,
            "annual_purchase": _amounts,
            "visited": st.lists(_texts, max_size=3).map(tuple),
        },
    ),
)
campaigns = st.builds(
    Campaign,
    campaign_id=st.just("sale"),
    type=_maybe(st.sampled_from(CampaignType)),
    kind=_maybe(st.sampled_from(CampaignKind)),
    category=st.sampled_from(["", *_TEXTS]),
    channel=st.sampled_from(["", "email"]),
    value=_amounts,
    fixed_priority=_maybe(_scores),
)


def asked(channel: str = "") -> RankInput:
    """Returns a request on a channel."""
    return RankInput(portfolio_id="shop", customer_id="c", send_time_us=0, channel=channel)


rows: st.SearchStrategy[Row] = st.tuples(contexts, st.sampled_from(["", "email"]).map(asked), campaigns)
"""What customers are asked about."""

_BINARY: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.GtE: operator.ge,
    ast.Gt: operator.gt,
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.In: lambda value, some: value in some,
    ast.NotIn: lambda value, some: value not in some,
}


def means(expression: str, row: Row) -> bool:
    """Returns whether a rule holds by three-valued logic over Python's own tree, None being unknown."""
    return _meaning(ast.parse(expression, mode="eval").body, row) is True


def _meaning(node: ast.expr, row: Row) -> Any:
    if isinstance(node, ast.BoolOp):
        values = [_meaning(part, row) for part in node.values]
        decisive = isinstance(node.op, ast.Or)
        return decisive if decisive in values else None if None in values else not decisive
    if isinstance(node, ast.UnaryOp):
        value = _meaning(node.operand, row)
        return None if value is None else not value if isinstance(node.op, ast.Not) else -value
    if isinstance(node, ast.Compare):
        sides = [_meaning(part, row) for part in (node.left, *node.comparators)]
        parts = [_applied(op, left, right) for left, op, right in zip(sides, node.ops, sides[1:], strict=False)]
        return False if False in parts else None if None in parts else True
    if isinstance(node, ast.BinOp):
        return _applied(node.op, _meaning(node.left, row), _meaning(node.right, row))
    if isinstance(node, ast.Call):
        return _meaning(node.args[0], row) is not None
    if isinstance(node, ast.List):
        return [_meaning(part, row) for part in node.elts]
    return node.value if isinstance(node, ast.Constant) else _field(node, row)


def _applied(op: ast.AST, left: Any, right: Any) -> Any:
    if left is None or right is None or (isinstance(op, ast.Div) and right == 0):
        return None
    value = _BINARY[type(op)](left, right)
    return None if isinstance(value, float) and math.isnan(value) else value


def _field(node: ast.expr, row: Row) -> Any:
    context, request, campaign = row
    if isinstance(node, ast.Attribute):
        found = getattr(campaign, node.attr) or (request.channel if node.attr == "channel" else None)
        if node.attr == "value":
            return campaign.value if campaign else None
        return found.name if isinstance(found, CampaignType) else found or None
    if isinstance(node, ast.Subscript):
        assert isinstance(node.value, ast.Name)
        assert isinstance(node.slice, ast.Constant)
        assert isinstance(node.slice.value, str)
        if node.value.id == "favourites":
            return context.favourites.get(node.slice.value)
        return _feature(node.slice.value, context)
    assert isinstance(node, ast.Name)
    if node.id == "channel":
        return request.channel or None
    if node.id == "favourites":
        return context.favourites or None
    found = getattr(context, node.id, None)
    if isinstance(found, LifecycleStage):
        return found.name
    return _feature(node.id, context) if node.id != "segment" and node.id in SCHEMA else found


def _feature(name: str, context: CustomerContext) -> Any:
    value = context.features.get(name)
    fitting: dict[FeatureType, tuple[type, ...]] = {
        FeatureType.FLAG: (bool,),
        FeatureType.TEXT: (str,),
        FeatureType.TEXTS: (tuple,),
        FeatureType.NUMBER: (int, float),
    }
    is_bool = isinstance(value, bool) and SCHEMA[name] is not FeatureType.FLAG
    return value if isinstance(value, fitting[SCHEMA[name]]) and not is_bool else None
