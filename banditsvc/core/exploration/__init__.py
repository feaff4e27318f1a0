"""Explorations: one file each, all behind the interface in exploration.py."""

from banditsvc.core.exploration.exploration import Exploration
from banditsvc.core.exploration.square_cb import SquareCB

__all__ = ["Exploration", "SquareCB"]
