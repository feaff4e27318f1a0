"""Laws of `certificates` and of what lists and metrics say of policies that have none."""

from __future__ import annotations

import json
from pathlib import Path

from prometheus_client import CollectorRegistry

from banditsvc.certificate_file import certificate_json
from banditsvc.client import Client
from banditsvc.core.certificate import VALID_US, Certificate
from banditsvc.core.certified_subject import subject_of
from banditsvc.policy_gauges import PolicyGauges
from banditsvc.rpc.wire_policy import read_policy
from banditsvc.rpc.wire_portfolio import read_portfolio
from banditsvc.serving.policy_standing import Certification
from tests.cli.services import Run, Service
from tests.cli.shop_files import write_shop
from tests.core.certificates import certificate


def test_a_policy_from_refusal_to_certificate(run: Run, service: Service, client: Client, tmp_path: Path) -> None:
    """It is refused, goes live by a reason that all lists show, and by a certificate once that is filed, once or twice."""
    here = ("--server", service.address)
    shop = write_shop(tmp_path / "shop.toml", "shop")
    shop.write_text(shop.read_text(encoding="utf-8").replace("sandbox = true\n", ""), encoding="utf-8")

    refused = run("apply", shop, "--yes", *here)
    assert 1 == refused.exit_code
    assert "no certificate for its settings has been filed" in refused.error
    assert "banditsvc certificates file FILE --portfolio shop" in refused.error
    without = shop.read_text(encoding="utf-8").partition("[policy]")[0]
    shop.write_text(without, encoding="utf-8")
    assert 0 == run("apply", shop, "--yes", *here).exit_code
    client.create_policy({"portfolio_id": "shop", "epsilon_greedy": {"epsilon": 0.2}})
    deployed = run("policies", "deploy", "2", "--override-reason", "black friday", *here)
    assert "live by   OVERRIDDEN, without a certificate: black friday" in deployed.out
    told = run("status", "--metrics", "off", *here).error
    assert "shop: policy 2 is OVERRIDDEN: without a certificate: black friday" in told
    assert "OVERRIDDEN" in run("policies", "list", *here).out

    path = tmp_path / "certificate.json"
    path.write_text(certificate_json(_issued(client)), encoding="utf-8")
    filed, again = (run("certificates", "file", path, *here) for _ in range(2))
    assert (0, "Stored with portfolio shop.\n") == (filed.exit_code, filed.error)
    assert (0, "It was stored already.\n") == (again.exit_code, again.error)
    [found] = json.loads(run("certificates", "list", "--json", *here).out)["certificates"]
    shown = run("certificates", "show", found["certificate_id"], *here).out
    assert "loses at most 1.2 % of the revenue  loss_share 0.012" in shown
    [status] = json.loads(run("status", "--metrics", "off", "--json", *here).out)["portfolios"]
    assert ("CERTIFIED", "it has a certificate") == (status["certification"], status["certification_text"])


def test_a_file_at_fault_is_told_by_its_fields(run: Run, service: Service, tmp_path: Path) -> None:
    """What was changed after it was issued is not filed, and the field is named."""
    path = tmp_path / "changed.json"
    path.write_text(certificate_json(certificate()).replace('"PASS"', '"FAIL"', 1), encoding="utf-8")

    refused = run("certificates", "file", path, "--portfolio", "shop", "--server", service.address)

    assert (2, True) == (refused.exit_code, f"{path}: verdict: is not what its checks come to" in refused.error)


def test_a_metric_says_by_what_a_policy_is_live() -> None:
    """Of all certifications of a portfolio one has the value 1, the last that was told."""
    registry = CollectorRegistry()
    gauges = PolicyGauges(registry)
    gauges.set("shop", Certification.CERTIFIED)
    gauges.set("shop", Certification.UNCERTIFIED)

    assert {Certification.UNCERTIFIED} == {
        one
        for one in Certification
        if registry.get_sample_value("banditsvc_policy_certification", {"portfolio": "shop", "certification": one.name})
    }


def _issued(client: Client) -> Certificate:
    policy = read_policy(client.get_policy("shop").policy)
    subject = subject_of(policy, read_portfolio(client.get_portfolio("shop")).learner)
    # The service's clock is simulated and stands at its beginning.
    return certificate(subject=subject, issue_time_us=0, expire_time_us=VALID_US)
