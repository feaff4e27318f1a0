"""Sends: what says when a decision goes out, if it does. Who looks at outcomes as they come reads no more of it."""

from __future__ import annotations

from typing import Protocol

from banditsvc.core.decision import Result


class SendInput(Protocol):
    """The same of a RankInput."""

    @property
    def portfolio_id(self) -> str: ...
    @property
    def send_time_us(self) -> int: ...
    @property
    def defer_activation(self) -> bool: ...
    @property
    def is_test(self) -> bool: ...


class Send(Protocol):
    """A Decision is one, and so is a Choice. The names mean what they mean there."""

    @property
    def input(self) -> SendInput: ...
    @property
    def decision_id(self) -> str: ...
    @property
    def result(self) -> Result: ...
