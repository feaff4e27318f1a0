"""The laws of stored bodies."""

from __future__ import annotations

import struct
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.activation import Activation, ActivationState
from banditsvc.core.campaign import Campaign, CampaignKind
from banditsvc.core.context import CustomerContext, LifecycleStage
from banditsvc.core.decision import DecidedBy, Decision, FunnelStage, LearnedState, RankInput, Rejection, Result
from banditsvc.core.exploration import EXPLORATIONS, EpsilonGreedy, SquareCB
from banditsvc.core.outcome import Feed, FeedMark, Outcome, OutcomeType
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import (
    Attribution,
    EncoderSpec,
    LearnerSpec,
    Portfolio,
    RewardSpec,
    RewardWeight,
    SettleSpec,
    TrainSpec,
)
from banditsvc.ports import CampaignVersion, Deployment, ModelPin, RelearnRequest, Resource, RunningSums
from banditsvc.store.codec import (
    ACTIVATIONS,
    DECISIONS,
    FEED_MARKS,
    LEARNER_SPECS,
    OUTCOMES,
    RUNNING_SUMS,
    SCHEMA,
    Codec,
    decode_resource,
    encode_resource,
)
from banditsvc.store.errors import StoreDamaged, StoreMismatch
from tests.store.build import decision, outcome

_TEXT = st.text(max_size=8)
_FLOAT = st.floats(allow_nan=False)
_NUMBER = st.integers(-(2**63), 2**63 - 1)
_FEATURES = st.dictionaries(
    _TEXT, st.one_of(st.booleans(), _FLOAT, _TEXT, st.lists(_TEXT, max_size=3).map(tuple)), max_size=3
)


def _tuples(entries: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(entries, max_size=3).map(tuple)


_CAMPAIGNS = st.builds(
    Campaign,
    campaign_id=_TEXT,
    kind=st.none() | st.sampled_from(CampaignKind),
    features=_FEATURES,
    fixed_priority=st.none() | _NUMBER,
    end_time_us=st.none() | _NUMBER,
)
_CONTEXTS = st.builds(
    CustomerContext,
    recency_days=st.none() | _FLOAT,
    r=st.none() | st.integers(1, 5),
    segment=st.none() | _TEXT,
    lifecycle_stage=st.none() | st.sampled_from(LifecycleStage),
    favourites=st.dictionaries(_TEXT, _FLOAT, max_size=3),
    features=_FEATURES,
)
_DECISIONS = st.builds(
    Decision,
    decision_id=_TEXT,
    input=st.builds(
        RankInput,
        portfolio_id=_TEXT,
        customer_id=_TEXT,
        send_time_us=_NUMBER,
        context=_CONTEXTS,
        candidates=_tuples(_TEXT | _CAMPAIGNS),
        defer_activation=st.booleans(),
    ),
    result=st.sampled_from(Result),
    decided_by=st.sampled_from(DecidedBy),
    eligible=_tuples(_TEXT),
    selection_probabilities=_tuples(_FLOAT),
    predicted_rewards=_tuples(_tuples(_FLOAT)),
    rejections=_tuples(st.builds(Rejection, _TEXT, st.sampled_from(FunnelStage), _TEXT, _TEXT)),
    learned=st.builds(LearnedState, _NUMBER, _FLOAT, _FLOAT),
)
_FEEDS = st.builds(Feed, type=st.sampled_from(OutcomeType), custom_type=_TEXT)
_OUTCOMES = st.builds(
    Outcome,
    portfolio_id=_TEXT,
    outcome_id=_TEXT,
    type=st.sampled_from(OutcomeType),
    occur_time_us=_NUMBER,
    amount=st.none() | _FLOAT,
    machine=st.booleans(),
)
_ACTIVATIONS = st.builds(
    Activation,
    decision_id=_TEXT,
    portfolio_id=_TEXT,
    state=st.sampled_from(ActivationState),
    activate_time_us=_NUMBER,
)
_MARKS = st.builds(FeedMark, portfolio_id=_TEXT, feed=_FEEDS, complete_through_us=_NUMBER)
_SUMS = st.builds(RunningSums, learned_count=_NUMBER, reward_sum=_FLOAT, reward_square_sum=_FLOAT)
_LEARNERS = st.builds(
    LearnerSpec,
    reward=st.builds(
        RewardSpec,
        weights=_tuples(st.builds(RewardWeight, type=st.sampled_from(OutcomeType), weight=_FLOAT)),
        window_us=_NUMBER,
        least=_FLOAT,
        attribution=st.sampled_from(Attribution),
    ),
    settle=st.builds(SettleSpec, required_feeds=_tuples(_FEEDS)),
    encoder=st.builds(
        EncoderSpec,
        number_edges=st.dictionaries(_TEXT, _tuples(_FLOAT), max_size=2),
        crosses=_tuples(st.tuples(_TEXT, _TEXT)),
    ),
    train=st.builds(TrainSpec, learning_rate=_FLOAT),
)
_RESOURCES = st.one_of(
    st.builds(Portfolio, portfolio_id=_TEXT, currency=_TEXT, learner=_LEARNERS),
    st.builds(CampaignVersion, portfolio_id=_TEXT, catalogue_version=_NUMBER, campaign=_CAMPAIGNS),
    st.builds(Deployment, portfolio_id=_TEXT, policy_version=_NUMBER, traffic_share=_FLOAT),
    st.builds(ModelPin, portfolio_id=_TEXT, model_version=_TEXT),
    st.builds(RelearnRequest, portfolio_id=_TEXT),
)


def _bits(value: Any) -> Any:
    # Floats by their bits, all else with its type, so that 1, 1.0 and True, or [] and (), or 0.0 and -0.0 differ.
    if isinstance(value, float):
        return struct.pack("<d", value)
    if hasattr(value, "__dataclass_fields__"):
        return type(value), [_bits(getattr(value, name)) for name in value.__dataclass_fields__]
    if isinstance(value, tuple):
        return tuple, [_bits(entry) for entry in value]
    if isinstance(value, dict):
        return dict, [(key, _bits(entry)) for key, entry in value.items()]
    return type(value), value


@pytest.mark.parametrize(
    ("codec", "values"),
    [
        (DECISIONS, _DECISIONS),
        (OUTCOMES, _OUTCOMES),
        (ACTIVATIONS, _ACTIVATIONS),
        (FEED_MARKS, _MARKS),
        (LEARNER_SPECS, _LEARNERS),
        (RUNNING_SUMS, _SUMS),
    ],
    ids=["decision", "outcome", "activation", "feed mark", "learner", "sums"],
)
@settings(derandomize=True, max_examples=30, deadline=None)
@given(data=st.data())
def test_a_body_gives_the_value_back(codec: Codec[Any], values: st.SearchStrategy[Any], data: st.DataObject) -> None:
    """Decoding undoes encoding: floats bit for bit, tuples as tuples, enums as enums, None as None."""
    value = data.draw(values)
    assert _bits(value) == _bits(codec.decode(codec.encode(value)))


@settings(derandomize=True, max_examples=60, deadline=None)
@given(resource=_RESOURCES)
def test_a_resource_comes_back(resource: Resource) -> None:
    """Every kind of resource is read back as it was written."""
    assert _bits(resource) == _bits(decode_resource(*encode_resource(resource)))


@pytest.mark.parametrize("exploration", [kind() for kind in EXPLORATIONS.values()], ids=list(EXPLORATIONS))
def test_every_exploration_can_be_stored(exploration: Any) -> None:
    """A policy comes back with its exploration, whichever it is."""
    policy = Policy(portfolio_id="shop", policy_version=3, exploration=exploration, floor=0.1)
    assert policy == decode_resource(*encode_resource(policy))


def test_any_mapping_can_be_stored() -> None:
    """A mapping that is no dict is stored like one."""
    seen = replace(decision("d1").input, context=CustomerContext(favourites=MappingProxyType({"shoes": 0.5})))
    stored = replace(decision("d1"), input=seen)
    assert DECISIONS.decode(DECISIONS.encode(stored)).input.context.favourites == {"shoes": 0.5}


def test_the_parameters_of_an_exploration_are_stored() -> None:
    """A policy comes back with the parameters of its exploration."""
    for exploration in (EpsilonGreedy(epsilon=0.123), SquareCB(gamma_scale=1 / 3, gamma_exponent=0.25)):
        policy = Policy(portfolio_id="shop", exploration=exploration)
        assert policy == decode_resource(*encode_resource(policy))


def test_bodies_of_schema_1_are_read_for_ever() -> None:
    """The bytes that schema 1 wrote on its first day still mean what they meant."""
    written = bytes.fromhex(OUTCOME_OF_SCHEMA_1)
    assert outcome("o1", customer_id="c1", revision=2, occur_time_us=1_700_000_000_000_000) == OUTCOMES.decode(written)
    assert decision("d1", send_time_us=5) == DECISIONS.decode(bytes.fromhex(DECISION_OF_SCHEMA_1))


def test_an_unknown_schema_is_refused() -> None:
    """A body of a schema to come is a StoreMismatch, not a misread value."""
    with pytest.raises(StoreMismatch, match="newer version"):
        OUTCOMES.decode(bytes([SCHEMA + 1]) + OUTCOMES.encode(outcome("o1"))[1:])
    with pytest.raises(StoreMismatch, match="unknown kind"):
        decode_resource("wish", b"")


@pytest.mark.parametrize("body", [b"", bytes([SCHEMA]), bytes([SCHEMA, 0x80]), bytes([SCHEMA, 0xA1, 0xFF])])
def test_a_damaged_body_is_said_to_be(body: bytes) -> None:
    """A body that cannot be read is a StoreDamaged."""
    with pytest.raises(StoreDamaged):
        OUTCOMES.decode(body)


OUTCOME_OF_SCHEMA_1 = (
    "018cac706f7274666f6c696f5f6964a473686f70aa6f7574636f6d655f6964a26f31a47479706504ad6f636375725f74696d"
    "655f7573cf00060a24181e4000ab637573746f6d5f74797065a0a6616d6f756e74c0a87265766973696f6e02a76d61636869"
    "6e65c2ab6465636973696f6e5f6964a0ab637573746f6d65725f6964a26331ab63616d706169676e5f6964a0b3726566756e"
    "6465645f6f7574636f6d655f6964a0"
)
DECISION_OF_SCHEMA_1 = (
    "01de0014ab6465636973696f6e5f6964a26431a5696e7075748dac706f7274666f6c696f5f6964a473686f70ab637573746f"
    "6d65725f6964a26331ac73656e645f74696d655f757305a7636f6e746578748aac726563656e63795f64617973c0a9667265"
    "7175656e6379c0a86d6f6e6574617279c0a172c0a166c0a16dc0a77365676d656e74c0af6c6966656379636c655f73746167"
    "65c0aa6661766f75726974657380a8666561747572657380aa63616e6469646174657390a86578636c7564656490a86f6363"
    "6173696f6ea0aa73757065727365646573a0a76368616e6e656ca0a9706c6163656d656e74a0b064656665725f6163746976"
    "6174696f6ec2a769735f74657374c2ad6861735f73656e645f74696d65c2a6726573756c7401aa646563696465645f627901"
    "ab63616d706169676e5f6964a161a8656c696769626c6592a161a162b773656c656374696f6e5f70726f626162696c697469"
    "657392cb3fe8000000000000cb3fd0000000000000b17072656469637465645f726577617264739192cb3fb999999999999a"
    "cb3fd5555555555555aa72656a656374696f6e7390a86578706c6f726564c2a567726f757001ab67726f75705f7368617265"
    "cb3ff0000000000000ac647261775f617474656d707400a76c6561726e656483ad6c6561726e65645f636f756e7400ab7265"
    "776172645f6d65616ecb0000000000000000b07265776172645f646576696174696f6ecb0000000000000000b1706f727466"
    "6f6c696f5f76657273696f6e00ae706f6c6963795f76657273696f6e00ad6d6f64656c5f76657273696f6ea0af6c6561726e"
    "65725f76657273696f6e00af656e636f6465725f76657273696f6e00b1636174616c6f6775655f76657273696f6e00"
)
