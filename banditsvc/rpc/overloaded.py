"""Refusing work rather than falling behind with all of it."""

from __future__ import annotations

from banditsvc.core.errors import BanditError


class Overloaded(BanditError):
    """More calls are in flight than the server takes; the same call may be repeated a little later."""

    def __init__(self, most: int) -> None:
        super().__init__(f"more than {most} calls are in flight; repeat this one a little later")
