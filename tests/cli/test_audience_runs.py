"""`audience-runs`, on a real service: which run holds the lease, and how it is ended by hand."""

from __future__ import annotations

import json
from pathlib import Path

from banditsvc.client import Client
from tests.audience.run_shop import write_customers
from tests.cli.services import SHOP, Run, Start


def test_a_run_that_holds_the_lease_is_found_and_ended(start: Start, run: Run, tmp_path: Path) -> None:
    """Who is refused for a lease is told by which command it is ended, and leaves nothing behind; the list shows each run."""
    service = start(f"--apply={SHOP / 'shop.toml'}", "--no-learner")
    source = write_customers(tmp_path / "customers.parquet", 20)
    server = f"--server={service.address}"

    def listed() -> list[list[str]]:
        return [line.split() for line in run("audience-runs", "list", server).out.splitlines()[1:]]

    empty = run("audience-runs", "list", server)
    with Client(service.address) as client:
        client.begin_audience_run({"portfolio_id": "shop", "run_id": "gone"})
    options = ("--run-id=next", "--input", source, f"--data={service.data}", server)
    refused = run("rank-audience", *options)
    held = listed()
    released = run("audience-runs", "release", "gone", server)
    lapsed = listed()
    ended = run("audience-runs", "end", "gone", "--json", server)
    again = run("audience-runs", "end", "gone", server)
    left = (service.data / "audience" / "next").exists()
    done = run("rank-audience", *options)
    unknown = run("audience-runs", "end", "nobody", server)
    found = json.loads(run("audience-runs", "list", "--json", server).out)["runs"]

    assert "no runs" in empty.error
    assert 1 == refused.exit_code
    assert "`banditsvc audience-runs end gone --portfolio shop`" in refused.error
    assert not left
    assert [("gone", "HELD", False)] == [(one[0], one[1], one[-1] == "-") for one in held]
    assert "gone, LAPSED since" in released.out
    assert [("gone", "LAPSED", "-")] == [(one[0], one[1], one[-1]) for one in lapsed]
    assert "ENDED" == json.loads(ended.out)["state"]
    assert (0, 0) == (again.exit_code, done.exit_code), done.error
    assert "0 decisions in 0 parts" in again.out
    assert 1 == unknown.exit_code
    assert [("next", 20), ("gone", 0)] == [(one["run_id"], one["decision_count"]) for one in found]
