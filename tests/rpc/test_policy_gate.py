"""Laws of the gate, over a running service: what goes live has a certificate, or everybody can see why it has none."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import grpc
import pytest

from banditsvc.client import BanditsvcError, Client
from banditsvc.client.plain import message_of
from banditsvc.core.certificate import VALID_US, Certificate, Verdict
from banditsvc.core.certified_subject import subject_of
from banditsvc.core.exploration import EpsilonGreedy
from banditsvc.core.policy import Policy
from banditsvc.core.portfolio import LearnerSpec
from banditsvc.core.times import DAY_US, SECOND_US
from banditsvc.rpc.wire_certificate import write_certificate
from banditsvc.rpc.wire_policy import read_policy
from banditsvc.rpc.wire_portfolio import read_portfolio
from banditsvc.serving.resources import Resources
from banditsvc.v1 import policy_pb2 as pb
from simulators.runs.named_policies import named_policy
from simulators.runs.service_policy import ServicePolicy
from simulators.worlds.read_world import read_world
from tests.core.certificates import PASSED, certificate
from tests.rpc.live import START_US, Live
from tests.rpc.messages import portfolio

GREEDIER = Policy(portfolio_id="shop", exploration=EpsilonGreedy(epsilon=0.1), floor=0.01)
WANTED = {"portfolio_id": "shop", "epsilon_greedy": {"epsilon": 0.1}, "floor": 0.01}


def learner(**changes: Any) -> LearnerSpec:
    """Returns what the portfolio of the tests learns by."""
    return read_portfolio(portfolio(**changes)).learner


def of_greedier(**changes: Any) -> Certificate:
    """Returns a certificate of the policy that the tests put to work."""
    made = certificate(
        subject=subject_of(GREEDIER, learner()), issue_time_us=START_US, expire_time_us=START_US + VALID_US
    )
    return replace(made, **changes)


def standing(client: Client, version: int = 0, portfolio_id: str = "shop") -> pb.PolicyStanding:
    """Returns by what a policy is live."""
    return client.get_policy(portfolio_id, version).policy.standing


def refused(client: Client, version: int, portfolio_id: str = "shop") -> str:
    """Returns why a policy is not put to work."""
    with pytest.raises(BanditsvcError) as raised:
        client.deploy_policy(portfolio_id, version)
    assert (grpc.StatusCode.FAILED_PRECONDITION, "NO_CERTIFICATE") == (raised.value.code, raised.value.reason)
    return raised.value.message


def refused_settings(client: Client, wanted: dict[str, Any]) -> str:
    """Returns why the settings of a portfolio are not stored."""
    with pytest.raises(BanditsvcError, match="NO_CERTIFICATE") as raised:
        client.apply_settings({"portfolios": [wanted]})
    return raised.value.message


def test_a_policy_waits_for_its_certificate(client: Client) -> None:
    """Without one it is refused, with what is missing and the commands that make and store one; with one it goes live."""
    client.create_policy(WANTED)

    assert refused(client, 2) == (
        "policy 2 of portfolio 'shop' may not go live: no certificate for its settings has been filed; make one with "
        "`banditsvc certify --portfolio shop --policy-version 2 --out FILE` and store it with "
        "`banditsvc certificates file FILE --portfolio shop`. Or give an override_reason: it is logged and shown"
    )
    assert 1 == client.get_policy("shop").policy.policy_version

    filed = client.file_certificate("shop", write_certificate(of_greedier())).certificate
    assert 2 == client.deploy_policy("shop", 2).policy.policy_version
    assert (pb.CERTIFICATION_CERTIFIED, filed.certificate_id, filed.expire_time) == (
        standing(client).certification,
        standing(client).certificate_id,
        standing(client).expire_time,
    )


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"checks": (replace(PASSED, verdict=Verdict.FAIL),)}, "is not valid: it says FAIL (budget)"),
        ({"checks": (replace(PASSED, verdict=Verdict.NOT_ENOUGH_DATA),)}, "it says NOT_ENOUGH_DATA (budget)"),
        ({"expire_time_us": START_US + SECOND_US}, "is not valid: it has expired"),
        ({"subject": subject_of(replace(GREEDIER, floor=0.0), learner())}, "no certificate for its settings"),
    ],
)
def test_a_certificate_must_be_valid(live: Live, client: Client, changes: Any, why: str) -> None:
    """One that does not pass, has expired or is about other settings lets nothing go live, and it is said why."""
    client.create_policy(WANTED)
    client.file_certificate("shop", write_certificate(of_greedier(**changes)))
    live.clock.set_us(START_US + 2 * SECOND_US)
    client.rank(portfolio_id="shop", customer_id="c1")

    assert why in refused(client, 2)


FAILED = (replace(PASSED, verdict=Verdict.FAIL),)
LATER = {"issue_time_us": START_US + SECOND_US, "expire_time_us": START_US + DAY_US}


@pytest.mark.parametrize(
    ("filed", "is_let"),
    [
        (({"portfolio_id": "shop", "checks": FAILED}, LATER), False),
        ((LATER, {"portfolio_id": "shop", "checks": FAILED}), False),
        (({"portfolio_id": "shop", "checks": FAILED, **LATER}, {"portfolio_id": "shop"}), False),
        (({"portfolio_id": "shop", "checks": FAILED}, {"portfolio_id": "shop", **LATER}), True),
        (({"portfolio_id": "shop", "checks": (replace(PASSED, verdict=Verdict.NOT_ENOUGH_DATA),)}, {}), True),
        (({"portfolio_id": "shop", "checks": FAILED, "expire_time_us": START_US + 2 * SECOND_US}, {}), True),
        (({"checks": FAILED, **LATER}, {}), True),
    ],
)
def test_the_log_goes_before_worlds(live: Live, client: Client, filed: tuple[Any, ...], is_let: bool) -> None:
    """A FAIL on the portfolio's own log stands, in whatever order certificates are filed, until it expires or a later one on
    the log passes; one that lacks data, and a FAIL in worlds alone, leave room for a certificate from worlds.
    """
    client.create_policy(WANTED)
    for changes in filed:
        client.file_certificate("shop", write_certificate(of_greedier(**changes)))
    live.clock.set_us(START_US + 3 * SECOND_US)
    client.rank(portfolio_id="shop", customer_id="c1")

    if is_let:
        assert 2 == client.deploy_policy("shop", 2).policy.policy_version
    else:
        assert "it says FAIL (budget)" in refused(client, 2)


def test_what_was_live_may_go_live_again(live: Live, client: Client) -> None:
    """After its certificate has expired a policy stays at work and may come back, with the same settings alone."""
    client.create_policy(WANTED)
    client.file_certificate("shop", write_certificate(of_greedier()))
    client.deploy_policy("shop", 2)
    live.clock.set_us(START_US + VALID_US)

    assert pb.CERTIFICATION_UNCERTIFIED == standing(client).certification
    assert standing(client).text.endswith("is not valid: it has expired")
    assert 1 == client.deploy_policy("shop", 1).policy.policy_version
    assert 2 == client.deploy_policy("shop", 2).policy.policy_version
    client.deploy_policy("shop", 1)
    client.update_portfolio(portfolio(learner_spec={"learning_rate": 0.1}))
    refused(client, 2)


@pytest.mark.parametrize("exploration", ["fixed_priority", "uniform"])
def test_what_learns_nothing_needs_no_certificate(client: Client, exploration: str) -> None:
    """Baselines go live as they are, and say so; so does the default policy under another description."""
    client.create_policy({"portfolio_id": "shop", exploration: {}})
    client.create_policy({"portfolio_id": "shop", "thompson": {}, "floor": 0.01, "description": "as ever"})

    client.deploy_policy("shop", 2)
    assert pb.CERTIFICATION_NOT_NEEDED == standing(client).certification
    client.deploy_policy("shop", 3)
    assert pb.CERTIFICATION_DEFAULT == standing(client).certification


def test_each_learner_has_a_default_policy(client: Client) -> None:
    """A portfolio starts with the policy that goes with its learner, which needs no certificate; the other's does."""
    client.create_portfolio(portfolio("old", learner_spec={"learner": 1}))
    assert client.get_policy("old", 1).policy.HasField("square_cb")
    assert client.get_policy("shop", 1).policy.HasField("thompson")
    assert pb.CERTIFICATION_DEFAULT == standing(client, 1, "old").certification
    client.create_policy({"portfolio_id": "old", "thompson": {}, "floor": 0.01})
    assert pb.CERTIFICATION_UNCERTIFIED == standing(client, 2, "old").certification


def test_a_sandbox_is_free_until_it_is_none(live: Live, client: Client) -> None:
    """In a sandbox everything goes live; made a portfolio like others, its policy needs a certificate or a reason."""
    client.create_portfolio(portfolio("trial", sandbox=True))
    client.create_policy({**WANTED, "portfolio_id": "trial"})
    client.deploy_policy("trial", 2)
    assert pb.CERTIFICATION_SANDBOX == standing(client, 0, "trial").certification

    with pytest.raises(BanditsvcError, match="policy 2 of portfolio 'trial' may not go live"):
        client.update_portfolio(portfolio("trial"))
    assert client.get_portfolio("trial").sandbox
    client.update_portfolio(portfolio("trial"), override_reason="tried for a month")

    live.run(live.committer.append([]))
    again = Resources(live.log, live.committer).standing(
        live.services.resources.deployed_policy("trial").value, live.clock.now_us()
    )
    found = standing(client, 0, "trial")
    assert (pb.CERTIFICATION_OVERRIDDEN, "without a certificate: tried for a month") == (
        found.certification,
        found.text,
    )
    assert again.text == found.text


def test_an_override_is_seen_for_as_long_as_it_is_needed(client: Client) -> None:
    """A reason lets a policy go live and stands beside it in every list; a certificate takes its place."""
    client.create_policy(WANTED)
    client.deploy_policy("shop", 2, override_reason="black friday")

    listed = {one.policy_version: one.standing for one in client.list_policies("shop")}
    assert (pb.CERTIFICATION_DEFAULT, pb.CERTIFICATION_OVERRIDDEN) == (
        listed[1].certification,
        listed[2].certification,
    )
    assert "without a certificate: black friday" == listed[2].text
    client.file_certificate("shop", write_certificate(of_greedier()))
    assert pb.CERTIFICATION_CERTIFIED == standing(client).certification
    with pytest.raises(BanditsvcError) as raised:
        client.deploy_policy("shop", 2, override_reason="x" * 257)
    assert ["override_reason"] == [violation.field for violation in raised.value.violations]


def test_a_reward_may_be_set_right_at_once(client: Client) -> None:
    """A change of what is learned is not refused; it is told by a warning, and the policy says that nothing certifies it."""
    client.create_policy(WANTED)
    client.file_certificate("shop", write_certificate(of_greedier()))
    client.deploy_policy("shop", 2)
    changed = portfolio(reward_spec={**_reward(), "greatest_reward": 5.0})

    applied = client.apply_settings({"portfolios": [{"portfolio_id": "shop", "portfolio": changed}]})

    assert [True] == ["policy 2 of portfolio 'shop' is live without a certificate" in one for one in applied.warnings]
    assert pb.CERTIFICATION_UNCERTIFIED == standing(client).certification
    reason = {"portfolio_id": "shop", "portfolio": changed, "override_reason": "amounts were wrong"}
    assert [] == list(client.apply_settings({"portfolios": [reason]}).warnings)
    assert pb.CERTIFICATION_OVERRIDDEN == standing(client).certification


def _reward() -> dict[str, Any]:
    spec = portfolio().reward_spec
    return {"weights": list(spec.weights), "outcome_window": spec.outcome_window}


@pytest.mark.parametrize(
    "exploration",
    [
        {"square_cb": {"gamma_scale": 0.25}},
        {"thompson": {"scale": 0.1}},
        {"epsilon_greedy": {"epsilon": 0.3}},
        {"greedy": {}},
    ],
)
def test_what_is_not_stored_is_certified_by_its_text(client: Client, exploration: dict[str, Any]) -> None:
    """Where settings are applied at once, and nothing of them is stored, the command names the policy by a text that means it;
    a portfolio must be there first, and so must a policy with limits.
    """
    policy = {**exploration, "floor": 0.05}
    new = refused_settings(client, {"portfolio_id": "fresh", "portfolio": portfolio("fresh"), "policy": policy})
    told = refused_settings(client, {"portfolio_id": "shop", "policy": policy})
    limited = refused_settings(client, {"portfolio_id": "shop", "policy": policy | {"limits": [{"max_share": 0.5}]}})

    assert (
        "; create the portfolio without the policy, make one with `banditsvc certify --portfolio fresh --policy" in new
    )
    assert (
        "; store the policy by CreatePolicy, make one with `banditsvc certify --portfolio shop --policy-version 2"
        in limited
    )
    [text] = re.findall('--portfolio shop --policy "([^"]+)" --out FILE', told)
    meant = read_policy(message_of(pb.Policy, policy | {"portfolio_id": "shop"}))
    named = named_policy(text, read_world("certificate"))
    assert isinstance(named, ServicePolicy)
    assert subject_of(meant, learner()) == subject_of(named.policy, learner())


def test_certificates_are_kept_as_they_were_issued(client: Client) -> None:
    """Filed once or twice, one is stored once; it is found again, the newest first."""
    first, second = (write_certificate(of_greedier(code_version=version)) for version in ("1", "2"))

    repeats = [client.file_certificate("shop", one).is_repeat for one in (first, first, second)]

    assert [False, True, False] == repeats
    assert [second, first] == client.list_certificates("shop")
    assert first == client.get_certificate("shop", first.certificate_id)


def test_certificates_at_fault_are_refused(live: Live, client: Client) -> None:
    """One that was changed, is about another portfolio, has expired, or does not exist is refused by name."""
    changed = write_certificate(of_greedier())
    changed.checks[0].numbers["loss_share"] = 0.0
    for message, field in (
        (changed, "certificate.certificate_id"),
        (write_certificate(of_greedier(portfolio_id="other")), "certificate.portfolio_id"),
        ({}, "certificate.checks"),
    ):
        with pytest.raises(BanditsvcError) as raised:
            client.file_certificate("shop", message)
        assert field in [violation.field for violation in raised.value.violations]
    for call in (
        lambda: client.get_certificate("shop", "none"),
        lambda: client.list_certificates("none"),
        lambda: client.file_certificate("none", write_certificate(of_greedier())),
    ):
        with pytest.raises(BanditsvcError) as raised:
            call()
        assert grpc.StatusCode.NOT_FOUND == raised.value.code
    live.clock.set_us(START_US + VALID_US + DAY_US)
    with pytest.raises(BanditsvcError) as raised:
        client.file_certificate("shop", write_certificate(of_greedier()))
    assert "CERTIFICATE_EXPIRED" == raised.value.reason
