"""Features: one canonical encoding, the same hashes as Vowpal Wabbit, and unknown is not zero."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from banditsvc.core import features
from banditsvc.core.bins import logarithmic_bin
from banditsvc.core.calendar_features import CalendarFeature
from banditsvc.core.campaign import Campaign, CampaignKind, CampaignType, Treatment
from banditsvc.core.context import CustomerContext, FeatureValue, LifecycleStage
from banditsvc.core.feature_hash import feature_hash, namespace_hash
from banditsvc.core.features import MATCH_HASH, Encoder, favourite_hash
from banditsvc.core.portfolio import EncoderSpec
from banditsvc.core.times import DAY_US
from tests.core.cases import CROSSES, random_campaign, random_context, random_treatment
from tests.oracle import stock_vw
from tests.oracle.vw_features import vw_features

laws = settings(max_examples=300, deadline=None, derandomize=True)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=24)
names = st.one_of(texts, st.text("0123456789", max_size=40), st.text(" \t1aé=#*%", max_size=6))
values: st.SearchStrategy[FeatureValue] = st.one_of(
    st.booleans(), st.floats(allow_nan=False, allow_infinity=False), texts, st.lists(texts, max_size=3).map(tuple)
)

VW = stock_vw.workspace("--cb_adf", bits=24)


def test_encoded_hashes_are_those_of_the_names() -> None:
    """Stock Vowpal Wabbit, given the features by name, would use the same indices and values."""
    calendar = {"calendar_features": tuple(CalendarFeature), "calendar_time_zone": "America/New_York"}
    encoder = Encoder(EncoderSpec(crosses=(*CROSSES, ("segment", "season")), **calendar))  # type: ignore[arg-type]
    rng = random.Random(1)
    mask = (1 << 24) - 1
    for _ in range(50):
        context, campaign = random_context(rng), random_campaign(rng, f"c{rng.random()}")
        treatment = random_treatment(rng, "t") if rng.random() < 0.5 else None
        asked = context, "email", "", rng.randrange(400) * DAY_US
        encoded, acted = encoder.context(*asked), encoder.campaign(campaign, treatment)
        for namespace, named, hashed in [
            ("C", encoder.context_names(*asked), vw_features(encoded, acted).context),
            ("A", encoder.campaign_names(campaign, treatment), vw_features(encoded, acted).campaign),
        ]:
            expected = [(VW.get_index_for_scalar_feature(n, namespace_name=namespace), v) for n, v in named]
            assert sorted(expected) == sorted((h & mask, v) for h, v in hashed)


@laws
@given(
    st.dictionaries(names, values, max_size=6), st.dictionaries(texts, st.floats(0.0, 1000.0), max_size=6), st.data()
)
def test_map_order_is_no_order(
    named: dict[str, FeatureValue], favourites: dict[str, float], data: st.DataObject
) -> None:
    """The order of favourites and of further features changes neither a context's nor a campaign's encoding."""
    encoder = Encoder(EncoderSpec(crosses=(("favourites", "segment"), *((n, "favourites") for n in sorted(named)[:2]))))
    shuffled = dict(data.draw(st.permutations(list(named.items()))))
    other = dict(data.draw(st.permutations(list(favourites.items()))))
    context = CustomerContext(favourites=favourites, features=named)
    assert encoder.context(context) == encoder.context(CustomerContext(favourites=other, features=shuffled))
    campaign = Campaign(campaign_id="c", features=named)
    assert encoder.campaign(campaign) == encoder.campaign(replace(campaign, features=shuffled))


def test_hashes_rise() -> None:
    """Encodings are in one canonical order: by hash."""
    encoder = Encoder(EncoderSpec(crosses=CROSSES))
    for seed in range(50):
        hashes = encoder.context(random_context(random.Random(seed))).hashes
        assert sorted(hashes) == hashes
        campaign = encoder.campaign(random_campaign(random.Random(seed), "c"))
        assert sorted(campaign.hashes) == campaign.hashes


def test_unknown_is_a_feature_of_its_own() -> None:
    """An empty context is legal, and says of every built-in part that it is unknown."""
    parts = ["recency", "frequency", "monetary", "r", "f", "m", "segment", "lifecycle_stage", "favourites"]
    expected = sorted((f"{part}#unknown", 1.0) for part in parts)
    assert expected == sorted(Encoder(EncoderSpec()).context_names(CustomerContext()))


@pytest.mark.parametrize(
    "zero",
    [
        CustomerContext(recency_days=0.0),
        CustomerContext(frequency=0.0),
        CustomerContext(monetary=0.0),
        CustomerContext(r=0),
        CustomerContext(segment=""),
        CustomerContext(segment="unknown"),
        CustomerContext(favourites={"shoes": 0.0}),
        CustomerContext(features={"age": 0.0}),
        CustomerContext(features={"plan": ""}),
        CustomerContext(features={"app": False}),
        CustomerContext(features={"visited": ()}),
    ],
)
def test_unknown_is_not_zero(zero: CustomerContext) -> None:
    """A value of zero, false or empty is encoded otherwise than a value that is not known."""
    for spec in (EncoderSpec(), EncoderSpec(number_edges={"age": (30.0,)}, crosses=(("plan", "app"),))):
        encoder = Encoder(spec)
        assert encoder.context(CustomerContext()) != encoder.context(zero)


def test_nan_is_unknown() -> None:
    """NaN is encoded as if nothing had been said."""
    nan = float("nan")
    encoder = Encoder(EncoderSpec(number_edges={"age": (30.0,)}))
    context = CustomerContext(recency_days=nan, features={"age": nan, "balance": nan})
    assert encoder.context(CustomerContext()) == encoder.context(context)
    expected = [("id=c", 1.0)]
    assert expected == encoder.campaign_names(Campaign(campaign_id="c", features={"affinity": nan}))


def test_named_bins_of_a_context() -> None:
    """RFM go by the edges of the spec, a further number by its own edges or else by logarithmic bins."""
    encoder = Encoder(EncoderSpec(number_edges={"age": (30.0, 50.0)}))
    context = CustomerContext(
        recency_days=7.0,
        frequency=0.0,
        monetary=1e9,
        r=5,
        f=1,
        m=3,
        segment="gold",
        lifecycle_stage=LifecycleStage.AT_RISK,
        favourites={"shoes": 0.5},
        features={"age": 49.9, "visits": 3.0, "app": True, "tags": ("b", "a", "b"), "plan": "x=y"},
    )
    expected = {
        "recency#1": 1.0,
        "frequency#0": 1.0,
        "monetary#9": 1.0,
        "r=5": 1.0,
        "f=1": 1.0,
        "m=3": 1.0,
        "segment=gold": 1.0,
        "lifecycle_stage=AT_RISK": 1.0,
        "favourites=shoes": 0.5,
        "channel=email": 1.0,
        "placement=top": 1.0,
        "age#1": 1.0,
        f"visits#{logarithmic_bin(3.0)}": 1.0,
        "app=true": 1.0,
        "tags=a": 1.0,
        "tags=b": 1.0,
        "plan=x=y": 1.0,
    }
    assert expected == dict(encoder.context_names(context, "email", "top"))


def test_a_cross_is_the_product_of_its_features() -> None:
    """A cross has a feature for each pair, worth the product; a part that is not known takes part as unknown."""
    encoder = Encoder(EncoderSpec(crosses=(("segment", "favourites"), ("plan", "channel"))))
    context = CustomerContext(segment="gold", favourites={"shoes": 0.5, "bags": 2.0})
    named = dict(encoder.context_names(context))
    assert named["12*segment=gold*favourites=shoes"] == 0.5
    assert named["12*segment=gold*favourites=bags"] == 2.0
    assert named["12*plan#unknown*channel#unknown"] == 1.0
    assert named["plan#unknown"] == named["channel#unknown"] == 1.0


def test_open_names_are_absent_unless_the_spec_names_them() -> None:
    """Channel, placement and further features that are not given have no feature, but if the spec names them."""
    plain = dict(Encoder(EncoderSpec()).context_names(CustomerContext()))
    assert not [name for name in plain if name.startswith(("channel", "placement", "age"))]
    spec = EncoderSpec(number_edges={"age": (30.0,)}, crosses=(("placement", "segment"),))
    assert {"age#unknown", "placement#unknown"} <= dict(Encoder(spec).context_names(CustomerContext())).keys()


@laws
@given(names, values, names, values)
def test_further_features_of_different_names_are_different(
    name: str, value: FeatureValue, other: str, other_value: FeatureValue
) -> None:
    """No two further features of different names share a feature, whatever characters they are made of."""
    encoder = Encoder(EncoderSpec())
    base = set(encoder.context(CustomerContext()).hashes)
    one = set(encoder.context(CustomerContext(features={name: value})).hashes) - base
    two = set(encoder.context(CustomerContext(features={other: other_value})).hashes) - base
    assert one
    assert two
    assert name == other or not one & two


@pytest.mark.parametrize("name", ["segment", "r", "favourites", "channel", "features.segment"])
def test_a_further_feature_is_no_built_in(name: str) -> None:
    """A further feature that bears the name of a built-in one is not mistaken for it."""
    built_in = CustomerContext(segment="1", r=1, favourites={"1": 1.0})
    encoder = Encoder(EncoderSpec())
    known = encoder.context_names(built_in, "1")
    assert len(known) + 1 == len(encoder.context_names(structs.replace(built_in, features={name: "1"}), "1"))


def test_campaign_features_by_name() -> None:
    """A campaign has its id, what is given of its attributes, and further features with numbers as they are."""
    campaign = Campaign(
        campaign_id="c1",
        display_name="Spring",
        type=CampaignType.CLM,
        kind=CampaignKind.WINBACK,
        category="shoes",
        family="spring",
        features={"affinity": -0.5, "zero": 0.0, "digital": False, "tags": ("a", "b"), "id": "x"},
        fixed_priority=3,
    )
    expected = {
        "id=c1": 1.0,
        "type=CLM": 1.0,
        "kind=WINBACK": 1.0,
        "category=shoes": 1.0,
        "family=spring": 1.0,
        "affinity": -0.5,
        "digital=false": 1.0,
        "tags=a": 1.0,
        "tags=b": 1.0,
        "features.id=x": 1.0,
    }
    assert expected == dict(Encoder(EncoderSpec()).campaign_names(campaign))


def test_treatment_features_by_name() -> None:
    """A pair has the campaign's features and the treatment's, which stand in for further ones of the same name."""
    treatment = Treatment(
        treatment_id="t1",
        subject_line="Hello",
        tone="warm",
        call_to_action="Buy",
        features={"length": 3.0, "colour": "red"},
        message_fields={"greeting": "Dear"},
    )
    campaign = Campaign(
        campaign_id="c1", features={"colour": "blue", "tone": "cold", "size": "big"}, treatments=(treatment,)
    )
    expected = {
        "id=c1": 1.0,
        "treatment=2*c1*t1": 1.0,
        "subject_line=Hello": 1.0,
        "tone=warm": 1.0,
        "call_to_action=Buy": 1.0,
        "length": 3.0,
        "colour=red": 1.0,
        "size=big": 1.0,
    }
    assert expected == dict(Encoder(EncoderSpec()).campaign_names(campaign, treatment))


def test_treatments_share_what_they_have_in_common() -> None:
    """Pairs of one campaign differ; pairs of two campaigns share a tone, but not a treatment of the same id."""
    encoder = Encoder(EncoderSpec())
    calm, loud = Treatment(treatment_id="a", tone="calm"), Treatment(treatment_id="b", tone="calm")
    first = Campaign(campaign_id="c1", treatments=(calm, loud))
    second = Campaign(campaign_id="c2", treatments=(calm,))
    pairs = [encoder.campaign(first, calm), encoder.campaign(first, loud), encoder.campaign(second, calm)]
    assert 3 == len(set(pairs))
    assert pairs[:2] == encoder.entries(first)
    assert {feature_hash("tone=calm", namespace_hash("A"))} == set.intersection(*(set(one.hashes) for one in pairs))


def test_what_was_renamed_goes_on_as_what_it_was() -> None:
    """A renamed campaign, segment or category has the features of the former name: alone, crossed and matched."""
    crosses = (("segment", "favourites"),)
    former = Encoder(EncoderSpec(crosses=crosses))
    present = Encoder(
        EncoderSpec(
            crosses=crosses,
            segment_renamed_from={"vip": "gold", "gold": "silver"},
            category_renamed_from={"sneakers": "shoes"},
        )
    )
    was = Campaign(campaign_id="spring", category="shoes")
    now = Campaign(campaign_id="spring_2", learned_as="spring", category="sneakers")
    treatment = Treatment(treatment_id="t")
    assert former.campaign(was) == present.campaign(now)
    assert former.campaign(was, treatment) == present.campaign(now, treatment)
    assert former.context(CustomerContext(segment="gold", favourites={"shoes": 0.75})) == present.context(
        CustomerContext(segment="vip", favourites={"sneakers": 0.5, "shoes": 0.25})
    )


def test_campaigns_are_equal_by_their_features() -> None:
    """Name, times and priority make no other encoded campaign; category does, in its features and its match."""
    encoder = Encoder(EncoderSpec())
    campaign = Campaign(campaign_id="c", category="shoes")
    renamed = replace(campaign, display_name="New", fixed_priority=1, start_time_us=5)
    assert encoder.campaign(campaign) == encoder.campaign(renamed)
    assert hash(encoder.campaign(campaign)) == hash(encoder.campaign(renamed))
    assert encoder.campaign(campaign) != encoder.campaign(replace(campaign, category="bags"))


def test_the_match_is_the_weight_of_the_campaigns_category() -> None:
    """A campaign matches by the weight of its category among the favourites, and not at all without one."""
    encoder = Encoder(EncoderSpec(crosses=(("segment", "favourites"),)))
    context = encoder.context(CustomerContext(favourites={"shoes": 0.75, "bags": 0.25}))
    matches = {
        category: vw_features(context, encoder.campaign(Campaign(campaign_id="c", category=category))).match
        for category in ("shoes", "bags", "hats", "")
    }
    expected = {"shoes": [(MATCH_HASH, 0.75)], "bags": [(MATCH_HASH, 0.25)], "hats": [], "": []}
    assert expected == matches


@laws
@given(texts, texts)
def test_favourites_are_told_apart_beyond_their_name(one: str, other: str) -> None:
    """A favourite's hash is its name's in the lower 32 bits, and no other feature has its upper bits."""
    seed = namespace_hash("C")
    assert feature_hash("favourites=" + one, seed) == favourite_hash(one) % 2**32
    assert favourite_hash(one) >> 32 & 1
    # Blanks at the ends do not count in a feature's name.
    stripped = one.encode().strip(bytes(range(33))) == other.encode().strip(bytes(range(33)))
    assert stripped or favourite_hash(one) != favourite_hash(other)


def test_caches_change_no_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    """An encoder that forgets everything after two names gives the same encodings."""
    encoder = Encoder(EncoderSpec(crosses=CROSSES))
    contexts = [random_context(random.Random(seed)) for seed in range(30)]
    expected = [encoder.context(context) for context in contexts]
    monkeypatch.setattr(features, "_CACHE_LIMIT", 2)
    assert expected == [Encoder(EncoderSpec(crosses=CROSSES)).context(context) for context in contexts]


def test_packed_features_are_ready_for_numpy() -> None:
    """Packed hashes and values are native arrays, in the same order as the lists."""
    encoded = Encoder(EncoderSpec()).context(random_context(random.Random(3)))
    assert encoded.hashes == np.frombuffer(encoded.packed_hashes, dtype=np.uint64).tolist()
    assert encoded.values == np.frombuffer(encoded.packed_values, dtype=np.float64).tolist()
