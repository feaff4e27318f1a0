"""Logged decisions with the whole eligible set of each, from any log, for evaluating other policies on them."""

from __future__ import annotations

from offline_eval.logged.catalogue_order import CatalogueOrder
from offline_eval.logged.joined_table import JoinedReader, joined_columns
from offline_eval.logged.joining import joined_logged
from offline_eval.logged.left_out import FAULTS, MOST_FAULTS, LeftOut
from offline_eval.logged.log_refused import LogRefused
from offline_eval.logged.log_source import LogParts, ReadingSettings, Source, log_parts, read_logged, whole_log
from offline_eval.logged.logged import Entries, Logged
from offline_eval.logged.policy_on_log import policy_on_log
from offline_eval.logged.table_columns import TableColumns, parse_table_columns
from offline_eval.logged.targets import Target, always, as_logged, column, uniform, without

__all__ = [
    "FAULTS",
    "MOST_FAULTS",
    "CatalogueOrder",
    "Entries",
    "JoinedReader",
    "LeftOut",
    "LogParts",
    "LogRefused",
    "Logged",
    "ReadingSettings",
    "Source",
    "TableColumns",
    "Target",
    "always",
    "as_logged",
    "column",
    "joined_columns",
    "joined_logged",
    "log_parts",
    "parse_table_columns",
    "policy_on_log",
    "read_logged",
    "uniform",
    "whole_log",
    "without",
]
