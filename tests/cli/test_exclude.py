"""Laws of `exclude` and `exclusions`, on real services: shown first, undone by one command, and never lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from banditsvc.client import Client
from tests.cli.services import Run, Service, Start, start_service, stop_service
from tests.cli.shop_files import write_shop

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
COUNT = 6
FIRST_HOUR = ("--from", "2026-01-05T08:00:00Z", "--to", "2026-01-05T09:00:00Z")


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that has learned, for tests that change nothing."""
    folder = tmp_path_factory.mktemp("quiet")
    service = start_service(folder, "--simulated-clock", f"--apply={write_shop(folder / 'shop.toml', 'shop')}")
    teach(service)
    yield service
    assert 0 == stop_service(service)


@pytest.fixture
def shop(start: Start, tmp_path: Path) -> Service:
    """A service that has learned."""
    service = start("--simulated-clock", f"--apply={write_shop(tmp_path / 'shop.toml', 'shop')}")
    teach(service)
    return service


def teach(service: Service) -> None:
    """Lets a service on the simulated clock learn from six decisions of the first hour."""
    with Client(service.address) as client:
        client.set_time(START)
        for number in range(COUNT):
            client.rank(portfolio_id="shop", customer_id=f"c{number}", decision_id=f"d{number}")
        client.set_time(START + 2 * HOUR)
        client.batch_reward([], "shop", [{"type": "CONVERSION", "complete_through": START + 2 * HOUR}])
        assert COUNT == client.catch_up("shop").learned_count


def learned(service: Service) -> int:
    """Returns how many decisions the model has learned from once it has caught up."""
    with Client(service.address) as client:
        return client.catch_up("shop").learned_count


def test_what_it_covers_is_shown_before_anybody_is_asked(run: Run, quiet: Service) -> None:
    """A dry run shows counts and changes nothing; without --yes and somebody to ask nothing is done either."""
    server = ("--server", quiet.address)
    shown = run("exclude", *FIRST_HOUR, "--reason", "sent twice", "--dry-run", *server)
    assert (0, True) == (shown.exit_code, f"{COUNT} decisions so far; the model has learned from {COUNT}" in shown.out)
    nobody = run("exclude", *FIRST_HOUR, "--reason", "sent twice", *server)
    assert (2, True) == (nobody.exit_code, "say --yes" in nobody.error)
    everything = run("exclude", "--reason", "all", "--dry-run", *server)
    assert (0, True) == (everything.exit_code, "THIS EXCLUDES EVERYTHING" in everything.error)
    assert "THIS EXCLUDES EVERYTHING" not in shown.error
    assert "nothing is excluded" in run("exclusions", "list", *server).error
    assert COUNT == learned(quiet)


def test_an_exclusion_and_its_end_are_told_everywhere(run: Run, shop: Service, tmp_path: Path) -> None:
    """`exclude`, `status`, `decision` and `exclusions list` tell of it; `revoke` ends it, once; the log gives the model."""
    server = ("--server", shop.address)
    made = run("exclude", *FIRST_HOUR, "--reason", "sent twice", "--author", "Ann", "--yes", *server)
    assert (0, True) == (made.exit_code, "banditsvc exclusions revoke 1 --portfolio shop" in made.error)
    assert 0 == learned(shop)
    line = f"{COUNT} decisions excluded: sent twice (exclusion 1)"
    assert f"shop: {line}" in run("status", "--metrics", "off", *server).error
    [told] = json.loads(run("status", "--metrics", "off", "--json", *server).out)["portfolios"]
    assert [line] == told["excluded"]
    assert "by exclusion 1" in run("decision", "d0", *server).out
    again = run("exclude", *FIRST_HOUR, "--reason", "sent twice", "--author", "Ann", *server)
    assert (0, True) == (again.exit_code, "was in force already" in again.error)
    replayed = run("relearn", "--as-settled", "-p", "shop", "--data", str(shop.data))
    assert (0, True) == (replayed.exit_code, "equal bit for bit" in replayed.out)

    ended = run("exclusions", "revoke", "1", "--reason", "it was not", "--json", *server)
    assert ("REVOKED", COUNT) == (json.loads(ended.out)["state"], json.loads(ended.out)["decision_count"])
    assert COUNT == learned(shop)
    table = run("exclusions", "list", *server).out
    assert "by Ann" in table
    assert "it was not" in table
    assert [] == json.loads(run("status", "--metrics", "off", "--json", *server).out)["portfolios"][0]["excluded"]
    twice = run("exclusions", "revoke", "1", "--reason", "again", *server)
    assert (1, True) == (twice.exit_code, "was revoked before" in twice.error)
    assert 0 == run("export", "-p", "shop", "--to", str(tmp_path / "out"), "--data", str(shop.data)).exit_code
    assert (tmp_path / "out" / "exclusions.parquet").exists()
    assert 0 == stop_service(shop)


def test_a_broken_feed_takes_the_window_before_it_along(run: Run, quiet: Service) -> None:
    """With --broken-feed the time begins one outcome window earlier, so that decisions whose outcomes were lost are in."""
    asked = ("exclude", "--from", "2026-01-05T08:30:00Z", "--to", "2026-01-05T09:00:00Z", "--reason", "feed down")
    server = ("--dry-run", "--json", "--server", quiet.address)
    plain, wide = (json.loads(run(*asked, *more, *server).out)["exclusion"] for more in ([], ["--broken-feed"]))
    assert [0, COUNT] == [plain["decision_count"], wide["decision_count"]]
    assert "2026-01-05T07:30:00.000001Z" == wide["start_time"]
    without = run("exclude", "--broken-feed", "--reason", "feed down", "--server", quiet.address)
    assert (2, True) == (without.exit_code, "needs --from" in without.error)


def test_faults_are_told_by_the_options(run: Run, quiet: Service) -> None:
    """What is wrong is told by the option that gave it, and nothing is changed."""
    server = ("--server", quiet.address)
    backwards = run(
        "exclude", "--from", "2026-01-06T00:00:00Z", "--to", "2026-01-05T00:00:00Z", "--reason", "x", *server
    )
    assert (1, True) == (backwards.exit_code, "--to: must be after --from" in backwards.error)
    empty = run("exclude", "--reason", "", *server)
    assert (1, True) == (empty.exit_code, "--reason: is required" in empty.error)
    unknown = run("exclude", "--campaign", "nwes", "--reason", "x", *server)
    assert (1, True) == (unknown.exit_code, "--campaign: must be of the catalogue" in unknown.error)
    assert 2 == run("exclude", "--from", "yesterday", "--reason", "x", *server).exit_code
    assert 1 == run("exclude", "-p", "none", "--reason", "x", *server).exit_code
    assert "nothing is excluded" in run("exclusions", "list", *server).error


def test_a_service_that_is_killed_right_after_still_forgets(start: Start, run: Run, shop: Service) -> None:
    """An exclusion that was answered survives kill -9, and so does its revocation; the relearn is done after the restart."""
    for words, count in (
        (("exclude", *FIRST_HOUR, "--reason", "sent twice", "--yes"), 0),
        (("exclusions", "revoke", "1", "--reason", "it was not"), COUNT),
    ):
        assert 0 == run(*words, "--server", shop.address).exit_code
        shop.process.kill()
        shop.process.wait()
        shop = start("--simulated-clock")
        assert count == learned(shop)
    assert 0 == stop_service(shop)
