"""Whatever is within the limits is decided."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from banditsvc.v1 import context_pb2, decision_pb2, ranking_pb2
from tests.rpc.live import Live
from tests.rpc.messages import rank

_LEGAL_TEXTS = st.one_of(st.sampled_from(["", "VIP", "a b:c|d\n", "x" * 128]), st.text(max_size=8))
_LEGAL_NAMES = st.sampled_from(["tenure", "segment", "a|b", "x" * 128, "12", "\u00e9t\u00e9"])
_LEGAL_FEATURES = st.one_of(
    st.builds(context_pb2.FeatureValue, number=st.floats(-1e15, 1e15)),
    st.builds(context_pb2.FeatureValue, text=_LEGAL_TEXTS),
    st.builds(context_pb2.FeatureValue, flag=st.booleans()),
    st.builds(
        context_pb2.FeatureValue,
        texts=st.builds(context_pb2.TextList, texts=st.lists(_LEGAL_TEXTS, max_size=3)),
    ),
)
_LEGAL_CONTEXTS = st.builds(
    context_pb2.CustomerContext,
    recency_days=st.none() | st.floats(0, 36_500),
    frequency=st.none() | st.floats(0, 1e9),
    monetary=st.none() | st.floats(0, 1e12),
    r=st.none() | st.integers(1, 5),
    segment=st.none() | st.sampled_from(["", "VIP", "a|b"]),
    lifecycle_stage=st.integers(0, 7),
    favourites=st.dictionaries(_LEGAL_NAMES, st.floats(0, 1000), max_size=3),
    features=st.dictionaries(_LEGAL_NAMES, _LEGAL_FEATURES, max_size=4),
)


@settings(derandomize=True, deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))
@given(_LEGAL_CONTEXTS, st.dictionaries(_LEGAL_NAMES, _LEGAL_FEATURES, max_size=3), st.sampled_from(["", "email"]))
def test_every_legal_context_is_decided(
    live: Live,
    context: context_pb2.CustomerContext,
    features: dict[str, context_pb2.FeatureValue],
    channel: str,
) -> None:
    """Every context and inline campaign within the limits gets a decision by the policy."""
    candidates = [{"campaign_id": "sale"}, {"inline": {"campaign_id": "new", "features": features}}]
    request = rank(context=context, candidates=candidates, channel=channel, dry_run=True)
    response = live.call("RankingService/Rank", request, ranking_pb2.RankResponse)
    assert decision_pb2.DECIDED_BY_POLICY == response.decision.decided_by
    assert {"sale", "new"} == {ranked.campaign_id for ranked in response.decision.ranking}
