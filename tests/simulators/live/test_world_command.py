"""`banditsvc simulate world`, in process and through a service."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from simulators.cli.world import world

APP = typer.Typer()
APP.command()(world)
WORLD = ("full-shop", "--policy", "fixed_order", "--policy", "exclusive_rules", "--days", "9")


def _run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(APP, arguments)
    return done.exit_code, done.stdout, done.stderr


def test_policies_without_draws_come_to_the_same_both_ways() -> None:
    """What depends on no draw of the service comes to the same in process and live, to the last digit."""
    here, live = (json.loads(_run(*WORLD, "--json", *more)[1]) for more in ((), ("--live",)))

    assert (False, True) == (here.pop("live"), live.pop("live"))
    assert here == live
    assert ["fixed_order", "exclusive_rules"] == list(here["policies"])


def test_without_json_it_writes_a_table() -> None:
    """A row for each policy, with means per customer."""
    code, out, _ = _run(*WORLD)

    assert 0 == code
    assert ["fixed_order", "exclusive_rules"] == [line.split()[0] for line in out.splitlines()[-2:]]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere",), "there is no world 'nowhere'"),
        (("delay", "--policy", "best"), "'best' is no policy"),
        (("delay", "--policy", "oracle", "--live"), "'oracle' is no policy of the service"),
        (("delay", "--policy", "default frozen=true", "--live"), "is no policy of the service"),
        (("delay", "--policy", "default waits_for_feed=false", "--live"), "is no policy of the service"),
        (("delay", "--server", "127.0.0.1:1"), "--server is for --live"),
    ],
)
def test_what_cannot_be_run_is_refused(arguments: tuple[str, ...], said: str) -> None:
    """A world or policy that is none, or not for this way, ends with exit code 2 and a message, before any server."""
    code, out, error = _run(*arguments)

    assert (2, "") == (code, out)
    assert said in error


def test_a_server_that_is_not_there_is_named() -> None:
    """Where no service answers, the message names the address."""
    code, _, error = _run("delay", "--live", "--server", "127.0.0.1:1")

    assert 1 == code
    assert "127.0.0.1:1" in error
