"""Laws of messages as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from banditsvc.core.errors import InvalidRequest
from banditsvc.plain import (
    enum_value,
    exploration_text,
    json_values,
    number_text,
    parse_message,
    parse_span,
    parse_time,
    plain_fields,
    short_name,
    span_text,
)
from banditsvc.v1 import (
    campaign_pb2,
    consent_pb2,
    contact_policy_pb2,
    decision_pb2,
    model_pb2,
    outcome_pb2,
    policy_pb2,
    portfolio_pb2,
    ranking_pb2,
    rule_pb2,
)

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


@given(st.lists(st.tuples(st.integers(0, 1000), st.sampled_from(sorted(UNITS))), min_size=1, max_size=4))
@settings(derandomize=True)
def test_a_span_is_the_sum_of_its_parts(parts: list[tuple[int, str]]) -> None:
    """A span written as numbers with units is their sum."""
    text = "".join(f"{number}{unit}" for number, unit in parts)

    assert timedelta(seconds=sum(number * UNITS[unit] for number, unit in parts)) == parse_span(text)


@given(
    st.timedeltas(timedelta(0), timedelta(days=400)).map(lambda span: timedelta(seconds=span // timedelta(seconds=1)))
)
@settings(derandomize=True)
def test_a_span_is_read_as_it_was_written(span: timedelta) -> None:
    """Writing a span and reading it gives the same span."""
    assert span == parse_span(span_text(span))


def test_spans_and_numbers_are_short() -> None:
    """A span is written in its largest whole unit, and a whole number without decimals."""
    spans = [timedelta(days=14), timedelta(hours=36), timedelta(seconds=90), timedelta(seconds=0.5), timedelta(0)]

    assert ["14d", "36h", "90s", "0.5s", "0s"] == [span_text(span) for span in spans]
    assert ["1", "-3", "0.02", "1e+16"] == [number_text(number) for number in (1.0, -3.0, 0.02, 1e16)]


@given(st.datetimes(timezones=st.timezones()))
@settings(derandomize=True)
def test_a_time_keeps_its_moment(moment: datetime) -> None:
    """A time is read as the moment that it names, whatever its offset."""
    try:
        expected = moment.astimezone(UTC)
    except OverflowError:
        return

    assert expected == parse_time(moment.isoformat())


@pytest.mark.parametrize("text", ["", "3", "d", "3 d", "-3d", "3y", "P3D"])
def test_what_is_no_span_is_refused(text: str) -> None:
    """A number without a unit, or with an unknown one, is no span."""
    with pytest.raises(ValueError, match="is no span"):
        parse_span(text)


ENUMS = [
    outcome_pb2.OutcomeType,
    campaign_pb2.CampaignKind,
    ranking_pb2.ActivationState,
    contact_policy_pb2.Weekday,
    contact_policy_pb2.ContactScope,
    contact_policy_pb2.CapacityPeriod,
    decision_pb2.FunnelStage,
    rule_pb2.FeatureType,
    consent_pb2.ConsentState,
]


@pytest.mark.parametrize("enum", ENUMS)
def test_enum_values_go_by_short_and_full_name(enum: type[outcome_pb2.OutcomeType]) -> None:
    """Every value of an enum but UNSPECIFIED is found by its short name, in any case, and by its full name."""
    descriptor = enum.DESCRIPTOR
    for value in descriptor.values[1:]:
        short = short_name(value.name, descriptor)
        assert [value.number] * 3 == [enum_value(descriptor, name) for name in (short, short.lower(), value.name)]
    with pytest.raises(ValueError, match="is none of"):
        enum_value(descriptor, "UNSPECIFIED")


def test_shorthands_are_what_they_stand_for() -> None:
    """Bare features, candidates, feeds, edges and crosses are the messages that they stand for."""
    request = parse_message(
        ranking_pb2.RankRequest,
        {
            "candidates": ["a", {"campaign_id": "b"}, {"inline": {"campaign_id": "c", "features": {"new": True}}}],
            "context": {"features": {"age": 33, "vip": True, "city": "Lyon", "visits": ["shoes"]}},
        },
    )
    portfolio = parse_message(
        portfolio_pb2.Portfolio,
        {
            "settle_spec": {
                "required_feeds": ["CONVERSION", {"type": "CUSTOM", "custom_type": "visit"}],
                "grace": "2d",
            },
            "encoder_spec": {"number_edges": {"age": [18, 30]}, "crosses": [["segment", "r"]]},
        },
    )

    features = request.context.features
    assert ["a", "b", "c"] == [one.campaign_id or one.inline.campaign_id for one in request.candidates]
    assert (33.0, True, "Lyon", ["shoes"]) == (
        features["age"].number,
        features["vip"].flag,
        features["city"].text,
        list(features["visits"].texts.texts),
    )
    assert [("CONVERSION", ""), ("CUSTOM", "visit")] == [
        (short_name(outcome_pb2.OutcomeType.Name(feed.type), outcome_pb2.OutcomeType.DESCRIPTOR), feed.custom_type)
        for feed in portfolio.settle_spec.required_feeds
    ]
    assert timedelta(days=2) == portfolio.settle_spec.grace.ToTimedelta()
    assert [18.0, 30.0] == list(portfolio.encoder_spec.number_edges["age"].edges)
    assert ("segment", "r") == (portfolio.encoder_spec.crosses[0].first, portfolio.encoder_spec.crosses[0].second)


def test_dates_and_times_of_day_are_texts_too() -> None:
    """Where a text is wanted, a date and a whole minute of the day may stand as TOML has them; a moment may not."""
    quiet = parse_message(
        contact_policy_pb2.QuietTime,
        {"name": "night", "start_time": time(21), "end_time": "08:30", "first_date": date(2026, 12, 24)},
    )

    assert ("21:00", "08:30", "2026-12-24") == (quiet.start_time, quiet.end_time, quiet.first_date)
    with pytest.raises(InvalidRequest) as error:
        parse_message(
            contact_policy_pb2.QuietTime, {"start_time": time(21, 0, 5), "end_time": datetime(2026, 1, 1, tzinfo=UTC)}
        )
    assert ["is a time of day, not a text", "is a time, not a text"] == [
        violation.description for violation in error.value.violations
    ]


def test_many_rules_are_told_by_their_number() -> None:
    """Exclusive rules are one word and their number, for they would fill the line."""
    rules = [{"campaign_id": name, "expression": "r == 5"} for name in ("a", "b")]
    texts = [
        exploration_text(parse_message(policy_pb2.Policy, {"exclusive_rules": {"rules": rules[:count]}}))
        for count in (1, 2)
    ]

    assert ["exclusive_rules(1 rule)", "exclusive_rules(2 rules)"] == texts


def test_every_fault_is_named_by_its_path() -> None:
    """Unknown fields and values of the wrong kind are named all at once."""
    with pytest.raises(InvalidRequest) as error:
        parse_message(
            ranking_pb2.RankRequest,
            {"customerid": "c", "limit": 1.5, "send_time": 3, "context": {"r": "5", "features": {"x": {"y": 1}}}},
        )

    assert ["customerid", "limit", "send_time", "context.r", 'context.features["x"].y'] == [
        violation.field for violation in error.value.violations
    ]


def test_fields_are_shown_as_written() -> None:
    """Showing a message gives each set field by its path, with short names and readable times."""
    campaign = parse_message(
        campaign_pb2.Campaign,
        {"campaign_id": "a", "type": "GTM", "start_time": "2026-01-05T09:00:00+01:00", "features": {"price": 2.5}},
    )

    assert {
        "campaign_id": "a",
        "type": "GTM",
        "features.price": "2.5",
        "start_time": "2026-01-05T08:00:00Z",
    } == plain_fields(campaign)


def test_a_list_of_spans_is_read_as_it_is_shown() -> None:
    """Spans in a list are read and shown like any others, and a faulty one is named by its place."""
    spec = parse_message(portfolio_pb2.SettleSpec, {"checkpoints": ["1d", "7d"]})

    assert {"checkpoints[0]": "1d", "checkpoints[1]": "7d"} == plain_fields(spec)
    assert ["settle_spec.checkpoints[1]"] == list(
        violations(portfolio_pb2.Portfolio, {"settle_spec": {"checkpoints": ["1d", 7]}})
    )


def test_json_has_numbers_and_short_names() -> None:
    """For JSON whole numbers are numbers, enum values go by short names, and fields without presence are there."""
    decision = decision_pb2.Decision(result=decision_pb2.RESULT_CAMPAIGN, policy_version=2**40)
    decision.ranking.add(campaign_id="a", selection_probability=1.0)

    values = json_values(decision)

    assert ("CAMPAIGN", 2**40, False) == (values["result"], values["policy_version"], values["explored"])
    ranked = {"campaign_id": "a", "selection_probability": 1.0, "predicted_reward": 0.0, "treatments": []}
    assert [ranked] == values["ranking"]
    assert "send_time" not in values


def test_fields_at_zero_are_shown_on_request() -> None:
    """Fields that cannot tell unset from zero are shown on request, in the order of the contract."""
    model = model_pb2.Model(model_version="1.5", learned_count=5)

    shown = plain_fields(model, unset=True)

    assert ("1.5", "5", "false", "0") == tuple(
        shown[name] for name in ("model_version", "learned_count", "is_serving", "mean_reward")
    )
    assert "collision_rate" not in shown


def violations(message_type: type[Message], plain: object, path: str = "") -> dict[str, str]:
    """Returns what is said of each field at fault of a message."""
    with pytest.raises(InvalidRequest) as error:
        parse_message(message_type, plain, path)
    return {violation.field: violation.description for violation in error.value.violations}


def test_of_fields_that_exclude_each_other_one_is_given() -> None:
    """Two members of a oneof are refused, whichever comes first, and so are those of any message within."""
    told = "goes with no other: give one of greedy, square_cb"
    assert {"policy.square_cb": told} == violations(policy_pb2.Policy, {"square_cb": {}, "greedy": {}}, "policy")
    assert {"policy.square_cb": told} == violations(policy_pb2.Policy, {"greedy": {}, "square_cb": {}}, "policy")
    twice: dict[str, object] = {"business_as_usual": {"uniform": {}, "fixed_priority": {}}}
    assert ["business_as_usual.uniform"] == list(violations(portfolio_pb2.Portfolio, twice))


@pytest.mark.parametrize("stage", ["Suitable", "CONSENT", "CAPACITY"])
def test_a_rule_has_one_of_three_stages(stage: str) -> None:
    """A stage that a rule cannot have is refused with those that it can have, and no others."""
    told = violations(rule_pb2.Rule, {"name": "r", "stage": stage})
    assert {"stage": f"{stage!r} is none of ELIGIBILITY, APPLICABILITY, SUITABILITY"} == told


@pytest.mark.parametrize(
    ("message_type", "name", "told"),
    [
        (campaign_pb2.Campaign, "capacities", "is unknown here; it belongs in [portfolio] or [organization]"),
        (campaign_pb2.Campaign, "contact_policy", "is unknown here; it belongs in [portfolio] or [organization]"),
        (portfolio_pb2.Portfolio, "purpose", "is unknown here; it belongs in [[campaigns]]"),
        (campaign_pb2.Campaign, "chanel", "is unknown; did you mean channel?"),
        (contact_policy_pb2.ContactCap, "capacities", "is unknown; did you mean campaigns?"),
    ],
)
def test_an_unknown_field_comes_with_a_hint(message_type: type[Message], name: str, told: str) -> None:
    """A field that stands in a wrong table is told with the right one, and one that is misspelt with the nearest."""
    assert {name: told} == violations(message_type, {name: []})


def test_a_table_where_a_list_belongs_comes_with_the_way_to_write_it() -> None:
    """One entry written as a table is told how entries are written."""
    told = violations(contact_policy_pb2.ContactPolicy, {"caps": {"name": "c"}}, "organization.contact_policy")
    assert {
        "organization.contact_policy.caps": (
            "is a table, not a list: write [[organization.contact_policy.caps]] before each"
        )
    } == told
    told = violations(campaign_pb2.Campaign, {"rules": {"name": "c"}}, "campaigns[3]")
    assert {"campaigns[3].rules": "is a table, not a list: write [[campaigns.rules]] before each"} == told


def test_a_share_of_nothing_is_shown() -> None:
    """A limit of 0, which forbids exploration, is shown where it is said and not where it is not."""
    limits = [policy_pb2.ExplorationLimit(max_share=0.0), policy_pb2.ExplorationLimit()]
    assert {"limits[0].max_share": "0", "limits[1]": "(default)"} == plain_fields(policy_pb2.Policy(limits=limits))
