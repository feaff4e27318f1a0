"""Commands that end in order when they are told to: by an interrupt, or as a scheduler ends them."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from banditsvc.cli.command_failure import CommandFailure

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupted(KeyboardInterrupt):
    """The command was told to end, by a signal of this number."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__()


@contextmanager
def interruptible(remedy: str) -> Iterator[None]:
    """Lets SIGINT and SIGTERM end a block as a failure does, so that it gives back what it holds; says the remedy then."""
    before = {number: signal.signal(number, _end) for number in _SIGNALS}
    try:
        yield
    except Interrupted as told:
        name = signal.Signals(told.number).name
        raise CommandFailure(f"ended by {name}: {remedy}", 128 + told.number) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _: object) -> NoReturn:
    raise Interrupted(number)
