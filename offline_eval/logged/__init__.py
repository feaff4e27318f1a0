"""Logged decisions with the whole eligible set of each, from any log, for evaluating other policies on them."""

from __future__ import annotations

from offline_eval.logged.catalogue_order import CatalogueOrder
from offline_eval.logged.joined_table import JoinedReader, joined_columns
from offline_eval.logged.joining import joined_logged
from offline_eval.logged.left_out import FAULTS, MOST_FAULTS, LeftOut
from offline_eval.logged.log_refused import LogRefused
from offline_eval.logged.logged import Entries, Logged
from offline_eval.logged.policy_on_log import policy_on_log

__all__ = [
    "FAULTS",
    "MOST_FAULTS",
    "CatalogueOrder",
    "Entries",
    "JoinedReader",
    "LeftOut",
    "LogRefused",
    "Logged",
    "joined_columns",
    "joined_logged",
    "policy_on_log",
]
