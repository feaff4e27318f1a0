"""The demo: it learns, and says what it has seen."""

from __future__ import annotations

import subprocess
import sys

from banditsvc.client import Client
from simulators.demo_run import DemoSettings, run_demo
from simulators.demo_shop import customers_of_day, reference_rates
from simulators.demo_view import conclusion


def test_it_learns_what_the_fixed_order_does_not(client: Client) -> None:
    """In its fourth week the shop that learns promises far more orders than the fixed order, and no more than the best."""
    states = list(run_demo(client, DemoSettings(weeks=4, customers_a_day=300)))

    state, rates = states[-1], reference_rates()
    assert len(states) == 28
    assert 1.1 * rates["fixed order"] < state.learned[-1].expected_rate <= rates["best possible"]
    assert state.learned[-1].expected_rate > 1.1 * state.fixed[-1].expected_rate
    # The outcomes of the last three days are not known yet.
    assert state.learned_count == 25 * 300
    assert f"{sum(week.orders for week in state.learned):,} of 8,400 customers ordered" in conclusion(state)


def test_the_fixed_order_sends_one_campaign_to_all(client: Client) -> None:
    """The portfolio that keeps the fixed order never sends anything but its first campaign."""
    (*_, state) = run_demo(client, DemoSettings(weeks=1, customers_a_day=30))

    assert state.fixed[0].counts[:, 1:].sum() == 0
    assert state.fixed[0].customers == 7 * 30


def test_both_ways_meet_the_same_customers() -> None:
    """The customers of a day, with their luck, are a function of seed and day."""
    assert customers_of_day(3, 20, seed=1) == customers_of_day(3, 20, seed=1)
    assert customers_of_day(3, 20, seed=1) != customers_of_day(4, 20, seed=1)


def test_it_is_plain_where_there_is_no_terminal() -> None:
    """Through a pipe the demo writes plain lines, one a week, ends with a conclusion, and leaves no control codes."""
    command = [sys.executable, "-m", "banditsvc", "simulate", "demo", "--weeks", "2", "--customers", "20"]

    done = subprocess.run(command, capture_output=True, timeout=250, check=False)

    written = done.stdout.decode()
    assert (0, b"") == (done.returncode, done.stderr)
    assert "\x1b" not in written
    assert ["week 1: families", "week 2: families"] == [
        line[:16] for line in written.splitlines() if line.startswith("week ")
    ]
    assert "In week 2 the service sent" in written
