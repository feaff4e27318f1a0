"""Logged decisions with the whole eligible set of each, from any log, for evaluating other policies on them."""

from __future__ import annotations

from offline_eval.logged.logged import Entries, Logged

__all__ = ["Entries", "Logged"]
