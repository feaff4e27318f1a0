"""Cells that hold several texts: lists, or texts that are parted."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from banditsvc.audience.source.cells import Cells
from banditsvc.core.consent import GivenConsent
from banditsvc.core.errors import InvalidRequest
from banditsvc.import_files.rank_rows import parse_consent
from banditsvc.plain import parse_message
from banditsvc.rpc.faults import Faults
from banditsvc.rpc.wire_consent import read_given
from banditsvc.rpc.wire_features import MOST_TEXTS
from banditsvc.rpc.wire_text import MOST_CHARACTERS
from banditsvc.v1.ranking_pb2 import GivenConsent as PlainConsent

WORD_END = "\n"
"""Parts the words of consent in one text; no purpose or channel has it."""


def is_list(kind: pa.DataType) -> bool:
    """Returns whether a type is that of lists."""
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def lists_of(cells: pa.Array, separator: str | None) -> pa.ListArray:
    """Returns lists of texts, null where there is no value.

    Args:
        cells: Such lists, or texts of several.
        separator: The character that parts the texts; None: semicolons and blanks.
    """
    if not is_list(cells.type):
        cells = _split(cells, separator)
    return cells.cast(pa.list_(pa.string()))


def feature_lists(cells: pa.Array, separator: str | None) -> Cells:
    """Returns the lists of texts of a feature; null stands for what is not known."""
    lists = lists_of(cells, separator)
    texts, parents = lists.flatten(), np.asarray(pc.list_parent_indices(lists))
    lengths = np.asarray(pc.fill_null(pc.utf8_length(texts), MOST_CHARACTERS + 1))
    sizes = np.asarray(pc.fill_null(pc.list_value_length(lists), 0))
    bad = np.union1d(np.unique(parents[lengths > MOST_CHARACTERS]), np.flatnonzero(sizes > MOST_TEXTS))
    return Cells(
        lists, bad, f"{{}} must be a list of at most {MOST_TEXTS} texts of at most {MOST_CHARACTERS} characters each"
    )


def consents(cells: pa.Array, separator: str | None) -> Cells:
    """Returns what is said of consent as a text for each row, in a dictionary; null where nothing is said."""
    lists = lists_of(cells, separator)
    has_null = _parents_of_nulls(lists)
    joined = pc.binary_join(lists, WORD_END)
    coded = pc.if_else(pc.equal(joined, ""), None, joined).dictionary_encode()
    reasons = [_fault(text) for text in coded.dictionary.to_pylist()]
    wrong = [place for place, reason in enumerate(reasons) if reason]
    codes = np.asarray(pc.fill_null(coded.indices, -1))
    bad = np.union1d(np.flatnonzero(np.isin(codes, wrong)), has_null)
    reason = reasons[wrong[0]].replace("{", "{{").replace("}", "}}") if wrong else "a word is missing"
    return Cells(coded, bad, f"{{}}: {reason}")


def given_consents(text: str) -> tuple[GivenConsent, ...]:
    """Returns the consents of a text of consents().

    Raises:
        ValueError: A word is none.
    """
    try:
        words = [parse_message(PlainConsent, parse_consent(word)) for word in text.split(WORD_END)]
        faults = Faults()
        found = read_given(words, faults)
        faults.raise_if_any()
    except InvalidRequest as error:
        raise ValueError("; ".join(f"{one.field} {one.description}" for one in error.violations)) from None
    return found


def _fault(text: str) -> str:
    try:
        given_consents(text)
    except ValueError as error:
        return str(error)
    return ""


def _parents_of_nulls(lists: pa.ListArray) -> NDArray[np.intp]:
    members = lists.flatten()
    if not members.null_count:
        return np.zeros(0, dtype=np.intp)
    is_null = np.asarray(members.is_null().to_numpy(zero_copy_only=False))
    return np.unique(np.asarray(pc.list_parent_indices(lists))[is_null])


def _split(texts: pa.Array, separator: str | None) -> pa.ListArray:
    if pa.types.is_dictionary(texts.type):
        texts = texts.dictionary_decode()
    ends, parting = (";", r"[;\s]+") if separator is None else (separator, rf"(?:\s*{re.escape(separator)}\s*)+")
    trimmed = pc.utf8_trim_whitespace(pc.utf8_trim(pc.utf8_trim_whitespace(texts.cast(pa.string())), f" {ends}"))
    return pc.if_else(pc.equal(trimmed, ""), None, pc.split_pattern_regex(trimmed, parting))
