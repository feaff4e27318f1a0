"""`banditsvc simulate demo`: the service learns in a small made-up shop."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from simulators.cli.options import Seed, Server
from simulators.cli.service import service
from simulators.demo_run import DemoSettings
from simulators.demo_view import show_demo


def demo(
    *,
    weeks: Annotated[int, typer.Option("--weeks", min=1, max=52, help="Weeks of the shop's life.")] = 8,
    customers: Annotated[int, typer.Option("--customers", min=1, max=1000, help="Customers a day.")] = 300,
    seed: Seed = 1,
    server: Server = None,
) -> None:
    """Shows the service learn in a small made-up shop, in under a minute."""
    with service(server) as client:
        show_demo(
            client,
            DemoSettings(weeks=weeks, customers_a_day=customers, seed=seed),
            Console(highlight=False, emoji=False),
        )
