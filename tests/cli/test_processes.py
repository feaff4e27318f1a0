"""Laws of the processes: how the service starts and ends, and how its learner does."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from banditsvc.client import Client
from tests.cli.services import SHOP, Run, Start, stop_service

WAIT_SECONDS = 60.0


def wait_until(holds: Callable[[], bool]) -> None:
    """Waits for another process to do something; a failure is a time-out."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def learner_ids(directory: Path) -> list[int]:
    """Returns the process ids of the learners started so far, from the service's log."""
    events = [json.loads(line) for line in (directory / "service.log").read_text().splitlines() if line.startswith("{")]
    return [event["process_id"] for event in events if "process_id" in event and event["event"] == "learner_started"]


def is_running(process_id: int) -> bool:
    state = Path(f"/proc/{process_id}/stat")
    try:
        return state.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_service_goes_on_where_it_ended(start: Start, run: Run) -> None:
    """A service told to stop ends with exit code 0; started again it has its portfolios and its decisions."""
    first = start(f"--apply={SHOP / 'shop.toml'}")
    rank = ("rank", "-p", "shop", "-c", "c", "--occasion", "o", "--json", "--server")
    before = json.loads(run(*rank, first.address).out)["decision"]
    exit_code = stop_service(first)

    second = start()
    after = json.loads(run(*rank, second.address).out)

    assert (0, before, True) == (exit_code, after["decision"], after["is_replay"])
    assert 0 == stop_service(second)


def test_export_reads_beside_the_service(start: Start, tmp_path: Path, run: Run) -> None:
    """`export` writes what the log has while the service writes it."""
    service = start(f"--apply={SHOP / 'shop.toml'}")
    with Client(service.address) as client:
        client.batch_rank([{"portfolio_id": "shop", "customer_id": f"c{i}"} for i in range(7)])
    exported = run("export", "--to", tmp_path / "out", "--data", service.data)
    unknown = run("export", "-p", "nowhere", "--to", tmp_path / "no", "--data", service.data)
    missing = run("export", "-p", "shop", "--to", tmp_path / "no", "--data", tmp_path / "none")

    assert (0, 7) == (exported.exit_code, pq.read_table(tmp_path / "out" / "joined.parquet").num_rows)
    assert (1, "error: portfolio 'nowhere' does not exist\n") == (unknown.exit_code, unknown.error)
    near = run("export", "--to", tmp_path / "no", "--data", service.data.parent)
    assert [2, 2] == [missing.exit_code, near.exit_code]
    assert f"there is no {tmp_path / 'none' / 'log.db'}: name the service's data directory with --data" in missing.error
    assert f"(there is one in {service.data})" in near.error
    assert 0 == stop_service(service)


def test_the_first_calls_of_the_readme(start: Start, run: Run) -> None:
    """What the README asks a newcomer to type works on the example shop: a decision, an outcome, and the example."""
    service = start(f"--apply={SHOP / 'shop.toml'}")
    to_service = ("--portfolio", "shop", "--customer", "c-1001", "--server", service.address)
    ranked = run("rank", "--recency-days", "12", "--segment", "family", "--favourite", "shoes=1", *to_service)
    posted = run("reward", "--type", "CONVERSION", "--amount", "49.90", *to_service)
    example = [sys.executable, str(SHOP.parent / "python_client.py"), service.address]

    first, second = (subprocess.run(example, check=True, capture_output=True, text=True).stdout for _ in range(2))

    assert [0, 0] == [ranked.exit_code, posted.exit_code]
    assert "ACCEPTED" in posted.out
    assert first == second
    assert "the order joins d-" in first
    assert 0 == stop_service(service)


def test_a_second_service_on_the_same_data_is_refused(start: Start) -> None:
    """A data directory has one service; a second one says so and ends with exit code 1."""
    service = start()
    command = [sys.executable, "-m", "banditsvc", "serve", f"--data={service.data}", "--address=127.0.0.1:0"]

    second = subprocess.run(command, check=False, capture_output=True, text=True, timeout=WAIT_SECONDS)

    assert 1 == second.returncode
    assert "is being written by another process" in second.stderr
    assert "Traceback" not in second.stderr
    assert 0 == stop_service(service)


@pytest.mark.parametrize("option", ["--address", "--metrics-address"])
def test_a_taken_port_is_named(tmp_path: Path, option: str) -> None:
    """Where a port is taken, the service names the address and ends with exit code 1, its learner too."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        options = {"--address": "127.0.0.1:0", "--metrics-address": "off", option: address}
        command = [sys.executable, "-m", "banditsvc", "serve", f"--data={tmp_path}"]
        command += [f"{name}={value}" for name, value in options.items()]

        refused = subprocess.run(command, check=False, capture_output=True, text=True, timeout=WAIT_SECONDS)

    assert 1 == refused.returncode
    assert f"error: cannot {'listen' if option == '--address' else 'serve metrics'} on {address}" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_learner_that_dies_is_started_again(start: Start, tmp_path: Path) -> None:
    """Kill -9 of the learner is logged, another one is started, and the service goes on answering."""
    service = start(f"--apply={SHOP / 'shop.toml'}")
    os.kill(learner_ids(tmp_path)[0], signal.SIGKILL)

    wait_until(lambda: len(learner_ids(tmp_path)) == 2)

    with Client(service.address) as client:
        assert "shop" == client.rank(portfolio_id="shop", customer_id="c").decision.portfolio_id
    assert 0 == stop_service(service)


def test_a_learner_may_run_alone(start: Start) -> None:
    """Beside a service without a learner, `learn` learns until it is told to stop; a second one is refused."""
    service = start("--no-learner", f"--apply={SHOP / 'shop.toml'}")
    command = [sys.executable, "-m", "banditsvc", "learn", f"--data={service.data}", "--poll-seconds=0.02"]
    with Client(service.address) as client, subprocess.Popen(command, stderr=subprocess.PIPE) as learner:
        assert learner.stderr is not None
        wait_until(lambda: b"lineage_started" in learner.stderr.readline())  # type: ignore[union-attr]  # asserted above
        second = subprocess.run(command, check=False, capture_output=True, text=True, timeout=WAIT_SECONDS)
        learner.terminate()
        exit_code = learner.wait(timeout=WAIT_SECONDS)
        assert "untrained" == client.get_model("shop").model_version

    assert (0, 1) == (exit_code, second.returncode)
    assert second.stderr.splitlines()[-1].startswith("error: ")
    assert "is being written by another process" in second.stderr
    assert 0 == stop_service(service)


def test_no_learner_is_left_behind(start: Start, tmp_path: Path) -> None:
    """Kill -9 of the service ends its learner, so that the next service's learner can take over."""
    service = start()
    (learner,) = learner_ids(tmp_path)
    service.process.kill()
    service.process.wait(timeout=WAIT_SECONDS)

    wait_until(lambda: not is_running(learner))

    again = start()
    assert is_running(learner_ids(tmp_path)[-1])
    assert 0 == stop_service(again)
    assert not is_running(learner_ids(tmp_path)[-1])


def test_metrics_and_status_tell_of_the_backlog(start: Start, run: Run) -> None:
    """`status` reads the service's metrics: what is not settled, and how far learning is behind."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        metrics = f"127.0.0.1:{free.getsockname()[1]}"
    service = start(f"--metrics-address={metrics}", f"--apply={SHOP / 'shop.toml'}")
    with Client(service.address) as client:
        client.batch_rank([{"portfolio_id": "shop", "customer_id": f"c{i}"} for i in range(3)])
    ask = ("status", "--metrics", metrics, "--json", "--server", service.address)

    wait_until(lambda: json.loads(run(*ask).out)["portfolios"][0].get("unsettled") == 3.0)

    shown = run(*ask[:3], "--server", service.address).out
    assert ["read", "shop"] == [word for word in ("read", "shop") if word in shown]
    assert 0 == stop_service(service)


def test_what_the_system_refuses_is_one_line(tmp_path: Path, run: Run) -> None:
    """A file that cannot be written is named, without a stack trace."""
    blocked = tmp_path / "file"
    blocked.touch()

    outcome = run("serve", "--data", blocked / "data", "--address", "127.0.0.1:0", "--metrics-address", "off")

    assert 1 == outcome.exit_code
    assert f"error: cannot use the data directory {blocked / 'data'}: Not a directory\n" in outcome.error


def test_version_is_that_of_the_package(run: Run) -> None:
    """`--version` shows the version of the installed package."""
    assert f"banditsvc {metadata.version('banditsvc')}\n" == run("--version").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--address", "0.0.0.0:1"], "server: address 0.0.0.0:1 can be reached by other machines"),
        (["--address", "nowhere"], "server.address: 'nowhere' is no address"),
        (["--config", "missing.toml"], "cannot read missing.toml: No such file or directory"),
        (["--apply", "missing.toml"], "cannot read missing.toml: No such file or directory"),
    ],
)
def test_unusable_settings_end_at_once(run: Run, arguments: list[str], message: str) -> None:
    """Settings that cannot be used are named, and the service does not start: exit code 2."""
    outcome = run("serve", *arguments)

    assert 2 == outcome.exit_code
    assert message in outcome.error


def test_tls_from_end_to_end(start: Start, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With certificates on both sides commands work as without; without one they are refused."""
    keys = Path(__file__).parent.parent / "rpc" / "tls"
    server = [f"--tls-certificate={keys}/server.pem", f"--tls-key={keys}/server.key", f"--tls-client-ca={keys}/ca.pem"]
    service = start(*server)
    apply = ("apply", SHOP / "shop.toml", "--yes", "--server", service.address)
    monkeypatch.setenv("BANDITSVC_CLIENT__TIMEOUT_SECONDS", "1")
    refused = run(*apply)
    monkeypatch.delenv("BANDITSVC_CLIENT__TIMEOUT_SECONDS")
    for name, file in (("TLS_CA", "ca.pem"), ("TLS_CERTIFICATE", "client.pem"), ("TLS_KEY", "client.key")):
        monkeypatch.setenv(f"BANDITSVC_CLIENT__{name}", str(keys / file))
    applied = run(*apply)

    assert (1, 0) == (refused.exit_code, applied.exit_code)
    assert 0 == stop_service(service)
