"""How the demo looks: what each kind of customer gets, and what it brings, week by week."""

from __future__ import annotations

from contextlib import nullcontext

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from banditsvc.client import Client
from simulators.demo_run import DAYS_A_WEEK, DemoSettings, DemoState, Week, run_demo
from simulators.demo_shop import CAMPAIGNS, RESPONSE, SEGMENTS, reference_rates

_SHARE_BAR_WIDTH = 14
_RATE_BAR_WIDTH = 48
"""Bars fit a terminal of 80 columns."""
_PIPE_WIDTH = 120
_BEST = "bold green"


def show_demo(client: Client, settings: DemoSettings, out: Console) -> None:
    """Runs the demo and shows it, day by day on a terminal, week by week elsewhere, with a conclusion in the end.

    Raises:
        SimulationError: The service refused something.
        BanditsvcError: A call failed.
    """
    if not out.is_terminal:
        # A pipe has no width of its own; tables must not be cut there.
        out.width = _PIPE_WIDTH
    block = "█" if out.encoding.lower().startswith("utf") else "#"
    out.print(show_shop())
    out.print()
    state: DemoState | None = None
    with Live(console=out, refresh_per_second=8) if out.is_terminal else nullcontext() as live:
        for state in run_demo(client, settings):
            if live is not None:
                live.update(show_state(state, block))
            elif state.days_over % DAYS_A_WEEK == 0:
                out.print(plain_week(state), soft_wrap=True)
    assert state is not None, "a demo has at least one day"
    if not out.is_terminal:
        out.print()
        out.print(show_state(state, block))
    out.print()
    out.print(conclusion(state))


def show_shop() -> RenderableType:
    """Returns what the shop is: the true chances, which the service never sees."""
    table = _table()
    for campaign in CAMPAIGNS:
        table.add_column(campaign, justify="right")
    for segment, chances in zip(SEGMENTS, RESPONSE.tolist(), strict=True):
        best = max(chances)
        table.add_row(segment, *(Text(_per_1000(c), style=_BEST if c == best else "") for c in chances))
    title = "The shop: orders per 1,000 customers after each campaign. The service never sees this table."
    return _titled(title, table)


def show_state(state: DemoState, full_block: str = "█") -> RenderableType:
    """Returns the state as tables; full_block is the character that bars are made of."""
    week, day = divmod(state.days_over - 1, DAYS_A_WEEK)
    heading = Text(
        f"Week {week + 1} of {state.settings.weeks}, day {day + 1}: "
        f"{state.days_over * state.settings.customers_a_day:,} customers decided for, "
        f"{state.learned_count:,} decisions learned from",
        style="bold",
    )
    return Group(heading, Text(), _shares(state.learned[-1], full_block), Text(), _weeks(state, full_block))


def plain_week(state: DemoState) -> str:
    """Returns the last week on one line."""
    week, fixed = state.learned[-1], state.fixed[-1]
    shares = _share_table(week)
    best = [f"{SEGMENTS[s]} {shares[s][k]:.0%} {CAMPAIGNS[k]}" for s, k in enumerate(RESPONSE.argmax(axis=1).tolist())]
    return (
        f"week {len(state.learned)}: {', '.join(best)}; expected orders per 1,000: "
        f"learned {_per_1000(week.expected_rate)}, fixed order {_per_1000(fixed.expected_rate)}"
    )


def conclusion(state: DemoState) -> str:
    """Returns what the demo has shown, in one paragraph, from its figures."""
    week, rates = state.learned[-1], reference_rates()
    shares = _share_table(week)
    gets = " and ".join(
        f"{shares[s][k]:.0%} of {SEGMENTS[s]} {CAMPAIGNS[k]}" for s, k in enumerate(RESPONSE.argmax(axis=1).tolist())
    )
    way = (week.expected_rate - rates["random"]) / (rates["best possible"] - rates["random"])
    orders, fixed_orders = (sum(one.orders for one in weeks) for weeks in (state.learned, state.fixed))
    customers = sum(one.customers for one in state.learned)
    return (
        f"In week {len(state.learned)} the service sent {gets}, having been told neither which campaign suits whom nor "
        f"which part of a customer's context matters. That promises {_per_1000(week.expected_rate)} orders per 1,000 "
        f"customers, where sending at random promises {_per_1000(rates['random'])}, the fixed order "
        f"{_per_1000(rates['fixed order'])} and the best possible {_per_1000(rates['best possible'])}: {way:.0%} of the "
        f"way from random to best. Over all {len(state.learned)} weeks {orders:,} of {customers:,} customers ordered; "
        f"with the fixed order {fixed_orders:,} of the same customers did. What is missing to the best is the price of "
        "learning from orders that come days later, and of trying the other campaigns now and then in case they have "
        "become better."
    )


def _share_table(week: Week) -> list[list[float]]:
    totals = week.counts.sum(axis=1, keepdims=True)
    shares: list[list[float]] = (week.counts / totals.clip(min=1)).tolist()
    return shares


def _shares(week: Week, full_block: str) -> RenderableType:
    table = _table()
    for campaign in CAMPAIGNS:
        table.add_column(campaign, width=_SHARE_BAR_WIDTH + 5, no_wrap=True)
    for segment, chances, shares in zip(SEGMENTS, RESPONSE.tolist(), _share_table(week), strict=True):
        best = max(chances)
        cells = [
            Text(
                f"{share:4.0%} {full_block * round(share * _SHARE_BAR_WIDTH)}",
                style=_BEST if chance == best else "cyan",
            )
            for share, chance in zip(shares, chances, strict=True)
        ]
        table.add_row(segment, *cells)
    return _titled("What customers got this week", table)


def _weeks(state: DemoState, full_block: str) -> RenderableType:
    rates = reference_rates()
    top = rates["best possible"]
    table = _table()
    table.show_header = False
    table.add_column("", justify="right")
    table.add_column("", no_wrap=True)
    learned = {f"week {number}": week.expected_rate for number, week in enumerate(state.learned, start=1)}
    for style, named_rates in (("green", learned), ("dim", rates)):
        for name, rate in named_rates.items():
            bar = full_block * round(rate / top * _RATE_BAR_WIDTH)
            table.add_row(Text(name, style=style), _per_1000(rate), Text(bar, style=style))
    title = "Expected orders per 1,000 customers, by the true chances of what was chosen"
    return _titled(title, table)


def _table() -> Table:
    table = Table(box=None, header_style="")
    table.add_column("", min_width=13)
    return table


def _titled(title: str, table: Table) -> RenderableType:
    return Group(Text(title, style="bold"), table)


def _per_1000(rate: float) -> str:
    return f"{1000 * rate:.0f}"
