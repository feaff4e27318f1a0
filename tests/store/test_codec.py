"""The laws of stored bodies."""

from __future__ import annotations

import struct
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct, structs

from banditsvc.core.campaign import Campaign, CampaignKind
from banditsvc.core.campaign_labels import CampaignLabels
from banditsvc.core.contact import Contact
from banditsvc.core.context import CustomerContext
from banditsvc.core.decision import Decision, LearnedState, RankInput
from banditsvc.core.exploration import EXPLORATIONS, EpsilonGreedy, SquareCB, Uniform
from banditsvc.core.outcome import Outcome, OutcomeType
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import TrainSpec
from banditsvc.ports import CampaignVersion, Resource
from banditsvc.store import decision_codec
from banditsvc.store.codec import (
    ACTIVATIONS,
    CONSENTS,
    ENROLLMENTS,
    FEED_MARKS,
    LEARNER_SPECS,
    MERGES,
    RUNNING_SUMS,
    SCHEMA,
    Codec,
    decode_resource,
    encode_resource,
)
from banditsvc.store.decision_codec import DECISIONS
from banditsvc.store.errors import StoreDamaged, StoreMismatch
from banditsvc.store.outcome_codec import outcome_of, outcome_rows
from tests.store import stored_values
from tests.store.build import activation, contact, contacting, decision, outcome, portfolio


def _outcome_of_body(body: bytes) -> Outcome:
    """Returns an outcome whose row says nothing beside its body."""
    return outcome_of(["", "", 0, None, None, 0, body])


def _bits(value: Any) -> Any:
    # Floats by their bits, all else with its type, so that 1, 1.0 and True, or [] and (), or 0.0 and -0.0 differ.
    if isinstance(value, float):
        return struct.pack("<d", value)
    if isinstance(value, Struct):
        return type(value), [_bits(getattr(value, name)) for name in value.__struct_fields__]
    if hasattr(value, "__dataclass_fields__"):
        return type(value), [_bits(getattr(value, name)) for name in value.__dataclass_fields__]
    if isinstance(value, tuple):
        return type(value), [_bits(entry) for entry in value]
    if isinstance(value, dict):
        return dict, [(key, _bits(entry)) for key, entry in value.items()]
    return type(value), value


@pytest.mark.parametrize(
    ("codec", "values"),
    [
        (DECISIONS, stored_values.DECISIONS),
        (ACTIVATIONS, stored_values.ACTIVATIONS),
        (FEED_MARKS, stored_values.MARKS),
        (CONSENTS, stored_values.CONSENTS),
        (MERGES, stored_values.MERGES),
        (ENROLLMENTS, stored_values.ENROLLMENTS),
        (LEARNER_SPECS, stored_values.LEARNERS),
        (RUNNING_SUMS, stored_values.SUMS),
    ],
    ids=["decision", "activation", "feed mark", "consent", "merge", "enrollment", "learner", "sums"],
)
@settings(derandomize=True, max_examples=30, deadline=None)
@given(data=st.data())
def test_a_body_gives_the_value_back(codec: Codec[Any], values: st.SearchStrategy[Any], data: st.DataObject) -> None:
    """Decoding undoes encoding: floats bit for bit, tuples as tuples, enums as enums, None as None."""
    value = data.draw(values)
    assert _bits(value) == _bits(codec.decode(codec.encode(value)))


@settings(derandomize=True, max_examples=60, deadline=None)
@given(value=stored_values.OUTCOMES)
def test_a_row_gives_the_outcome_back(value: Outcome) -> None:
    """The columns of an outcome's row and its body together say all of it, floats bit for bit."""
    [(position, time_us, *columns)] = outcome_rows([value], [7], 9)
    assert (7, 9) == (position, time_us)
    del columns[6]  # refunded_outcome_id, which is there to be looked for alone
    assert _bits(value) == _bits(outcome_of(columns))


@settings(derandomize=True, max_examples=60, deadline=None)
@given(resource=stored_values.RESOURCES)
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
    seen = structs.replace(decision("d1").input, context=CustomerContext(favourites=MappingProxyType({"shoes": 0.5})))
    stored = structs.replace(decision("d1"), input=seen)
    assert DECISIONS.decode(DECISIONS.encode(stored)).input.context.favourites == {"shoes": 0.5}


def test_the_parameters_of_an_exploration_are_stored() -> None:
    """A policy comes back with the parameters of its exploration."""
    for exploration in (EpsilonGreedy(epsilon=0.123), SquareCB(gamma_scale=1 / 3, gamma_exponent=0.25)):
        policy = Policy(portfolio_id="shop", exploration=exploration)
        assert policy == decode_resource(*encode_resource(policy))


def test_bodies_of_schema_1_are_read_for_ever() -> None:
    """The bytes that schema 1 wrote on its first day still mean what they meant."""
    written = bytes.fromhex(OUTCOME_OF_SCHEMA_1)
    assert outcome("o1", customer_id="c1", revision=2, occur_time_us=1_700_000_000_000_000) == _outcome_of_body(written)
    assert decision("d1", send_time_us=5) == DECISIONS.decode(bytes.fromhex(DECISION_OF_SCHEMA_1))
    assert activation("d1", time_us=7) == ACTIVATIONS.decode(bytes.fromhex(ACTIVATION_OF_SCHEMA_1))


def test_outcomes_of_schema_2_are_read_for_ever() -> None:
    """The bytes that schema 2 wrote on its first day still mean what they meant."""
    written = bytes.fromhex("029da473686f70a26f3104cf00060a24181e4000a0c002c2a0a26331a0a0a0")
    assert outcome("o1", customer_id="c1", revision=2, occur_time_us=1_700_000_000_000_000) == _outcome_of_body(written)


def test_outcomes_of_schema_3_are_read_for_ever() -> None:
    """The bytes that schema 3 wrote on its first day still mean what they meant."""
    body = bytes.fromhex("039704a0cb4034000000000000c3a473616c65a0a0")
    expected = Outcome("shop", "o1", OutcomeType.CONVERSION, 5, amount=20.0, machine=True, decision_id="d1")
    assert expected._replace(campaign_id="sale") == outcome_of(["shop", "o1", 0, "d1", None, 5, body])


def test_decisions_of_schema_2_are_read_for_ever() -> None:
    """The bytes that schema 2 wrote on its first day still mean what they meant."""
    written = contacting("d1", contact(time_us=8, hold_until_us=9, cost=0.5))
    assert _bits(written) == _bits(DECISIONS.decode(bytes.fromhex(DECISION_OF_SCHEMA_2)))


@pytest.mark.parametrize("body", [b"", b"\x02", b"\x02\x90", b"\x02\x80", b"\x01\x80"])
def test_a_damaged_decision_is_said_to_be(body: bytes) -> None:
    """A decision that cannot be read is a StoreDamaged, one of a schema to come a StoreMismatch."""
    with pytest.raises(StoreDamaged):
        DECISIONS.decode(body)
    with pytest.raises(StoreMismatch, match="newer version"):
        DECISIONS.decode(b"\x03" + body[1:])


def _field_names(stored_class: Any) -> set[str]:
    if issubclass(stored_class, Struct):
        return set(stored_class.__struct_fields__)
    return {field.name for field in fields(stored_class)}


def test_a_stored_decision_leaves_no_field_out() -> None:
    """Every field of a decision, of its request, context and contact has its place in a body."""
    forms = {
        Decision: decision_codec._Decision,
        RankInput: decision_codec._Input,
        CustomerContext: decision_codec.StoredContext,
        LearnedState: decision_codec._Learned,
        Contact: decision_codec.StoredContact,
        CampaignLabels: decision_codec._Labels,
    }
    for stored_class, form in forms.items():
        assert _field_names(stored_class) == set(form.__struct_fields__)


def test_resources_of_schema_1_are_read_for_ever() -> None:
    """Settings that were stored before their newer fields existed come back with these at their defaults."""
    campaign = Campaign(campaign_id="a", kind=CampaignKind.WINBACK)
    # There was no other learner then.
    of_vowpal_wabbit = replace(portfolio(), learner=replace(portfolio().learner, train=TrainSpec()))
    written = {
        ("portfolio", PORTFOLIO_OF_SCHEMA_1): of_vowpal_wabbit,
        ("campaign", CAMPAIGN_OF_SCHEMA_1): CampaignVersion(
            portfolio_id="shop", catalogue_version=2, campaign=campaign
        ),
        ("policy", POLICY_OF_SCHEMA_1): Policy(
            portfolio_id="shop", policy_version=2, exploration=EpsilonGreedy(epsilon=0.125), floor=0.25
        ),
    }
    for (kind, body), resource in written.items():
        assert _bits(resource) == _bits(decode_resource(kind, bytes.fromhex(body)))


def test_an_unknown_exploration_is_refused() -> None:
    """A portfolio or policy with an exploration to come is a StoreMismatch, one of another form StoreDamaged."""
    stored = replace(portfolio(), business_as_usual=Uniform())
    for resource in (stored, Policy(portfolio_id="shop", exploration=Uniform())):
        kind, body = encode_resource(resource)
        with pytest.raises(StoreMismatch, match="dreaming"):
            decode_resource(kind, body.replace(b"\xa7uniform", b"\xa8dreaming"))
    with pytest.raises(StoreDamaged):
        decode_resource("portfolio", body)


def test_an_unknown_schema_is_refused() -> None:
    """A body of a schema to come is a StoreMismatch, not a misread value."""
    with pytest.raises(StoreMismatch, match="newer version"):
        ACTIVATIONS.decode(bytes([SCHEMA + 1]) + ACTIVATIONS.encode(activation("d1"))[1:])
    with pytest.raises(StoreMismatch, match="newer"):
        _outcome_of_body(b"\x04\x97")
    with pytest.raises(StoreMismatch, match="unknown kind"):
        decode_resource("wish", b"")


@pytest.mark.parametrize(
    "body", [b"", *[bytes([n, *rest]) for n in (1, 2, 3) for rest in (b"", b"\x80", b"\x90", b"\xa1\xff")]]
)
def test_a_damaged_body_is_said_to_be(body: bytes) -> None:
    """A body that cannot be read is a StoreDamaged."""
    with pytest.raises(StoreDamaged):
        _outcome_of_body(body)


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
DECISION_OF_SCHEMA_2 = (
    "02dc001adc00119bc0c0c0c0c0c0c0c08080c0a473686f70a26331009090a0a0a0a0c2c2c2a090a0a09300cb000000000000"
    "0000cb00000000000000009697a1610200a0a0a0cb3fe0000000000000a461636d65a473686f70a263310809a264310101a1"
    "6192a161a16292cb3fe8000000000000cb3fd00000000000009192cb3fb999999999999acb3fd555555555555590a09090c2"
    "01cb3ff0000000000000000000a0000000a0c0"
)
PORTFOLIO_OF_SCHEMA_1 = (
    "0189ac706f7274666f6c696f5f6964a473686f70a863757272656e6379a3455552a76c6561726e657284a672657761726488"
    "a7776569676874739184a47479706504a6776569676874cb3ff0000000000000a76d65617375726501ab637573746f6d5f74"
    "797065a0a977696e646f775f7573cf0000003c59862000a56c65617374cb0000000000000000a86772656174657374cb3ff0"
    "000000000000a4636f7374cb0000000000000000a764656661756c74cb0000000000000000ab6174747269627574696f6e01"
    "af696e636c7564655f6d616368696e65c2a6736574746c6583ae72657175697265645f666565647390a867726163655f7573"
    "cf0000008cd0e3a000b661637469766174696f6e5f646561646c696e655f7573cf0000003c59862000a7656e636f64657285"
    "ad726563656e63795f656467657398cb401c000000000000cb402c000000000000cb403e000000000000cb404e0000000000"
    "00cb4056800000000000cb4066800000000000cb4076d00000000000cb4086d00000000000af6672657175656e63795f6564"
    "67657397cb3ff0000000000000cb4000000000000000cb4008000000000000cb4014000000000000cb4024000000000000cb"
    "4034000000000000cb4049000000000000ae6d6f6e65746172795f656467657399cb4039000000000000cb40490000000000"
    "00cb4059000000000000cb4069000000000000cb4075e00000000000cb407f400000000000cb408f400000000000cb40a388"
    "0000000000cb40c3880000000000ac6e756d6265725f656467657380a763726f7373657390a5747261696e85ad6c6561726e"
    "696e675f72617465cb3f689374bc6a7efaa7706f7765725f74cb0000000000000000a46269747312a26c32cb000000000000"
    "0000af6c6162656c5f776569676874696e6702ac646973706c61795f6e616d65a0b0616c6c6f775f6e6f5f636f6e74616374"
    "c2a473616c74a0b1706f7274666f6c696f5f76657273696f6e01af6c6561726e65725f76657273696f6e01af656e636f6465"
    "725f76657273696f6e01"
)
CAMPAIGN_OF_SCHEMA_1 = (
    "0183ac706f7274666f6c696f5f6964a473686f70b1636174616c6f6775655f76657273696f6e02a863616d706169676e8dab"
    "63616d706169676e5f6964a161ac646973706c61795f6e616d65a0a474797065c0a46b696e6407a863617465676f7279a0a7"
    "6368616e6e656ca0aa6f666665725f6b696e64a0a666616d696c79a0a8666561747572657380ae66697865645f7072696f72"
    "697479c0ad73746172745f74696d655f7573c0ab656e645f74696d655f7573c0a5737461746502"
)
POLICY_OF_SCHEMA_1 = (
    "0186ac706f7274666f6c696f5f6964a473686f70ae706f6c6963795f76657273696f6e02a46b696e64ae657073696c6f6e5f"
    "677265656479aa706172616d657465727381a7657073696c6f6ecb3fc0000000000000a5666c6f6f72cb3fd0000000000000"
    "ab6465736372697074696f6ea0"
)
ACTIVATION_OF_SCHEMA_1 = (
    "0186ab6465636973696f6e5f6964a26431ac706f7274666f6c696f5f6964a473686f70a5737461746501b061637469766174"
    "655f74696d655f757307ab7265706c616365645f6279a0a6726561736f6ea0"
)
