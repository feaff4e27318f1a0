"""Lets obp load without PyTorch."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Absent(ModuleType):
    """Stands in for a package of which nothing is used: any name of it is an empty class."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__ = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


def leave_out_torch() -> None:
    """Puts an empty package in the place of PyTorch, several gigabytes that obp's neural policies alone need."""
    for name in ("torch", "torch.nn", "torch.nn.functional", "torch.optim", "torch.utils", "torch.utils.data"):
        sys.modules[name] = _Absent(name)
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, sys.modules[name])
