"""Checks of texts: ids, labels and free text. Lengths are in characters (Unicode code points)."""

from __future__ import annotations

import re
from collections.abc import Collection

from banditsvc.core.decision_id import DRY_RUN_PREFIX
from banditsvc.rpc.faults import Faults

MOST_CHARACTERS = 128
"""Longest id, name or label."""

# C0 and C1 controls and the two Unicode line breaks: none belongs in an id, and each breaks a log line or a file.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def text_fault(text: str, least: int = 1, most: int = MOST_CHARACTERS) -> str | None:
    """Returns what is wrong with an id or a label of least to most characters, None where it is right."""
    if not text and least:
        return "is required"
    if len(text) > most:
        return f"must have at most {most:,} characters"
    # isprintable is quick and refuses more than control characters, so the pattern has the last word.
    if text.isprintable() or not _CONTROL.search(text):
        return None
    return "must have no control characters"


def read_id(text: str, path: str, faults: Faults) -> str:
    """Returns a required id of 1 to 128 characters."""
    if fault := text_fault(text):
        faults.add(path, fault)
    return text


def read_label(text: str, path: str, faults: Faults, most: int = MOST_CHARACTERS) -> str:
    """Returns an optional id, name or label of at most so many characters."""
    if text and (fault := text_fault(text, 0, most)):
        faults.add(path, fault)
    return text


def refuse_dry_run(decision_id: str, path: str, faults: Faults) -> None:
    """Notes the id of a dry run: nothing was stored under it."""
    if decision_id.startswith(DRY_RUN_PREFIX):
        faults.add(path, "must not be the id of a dry run")


def refuse_own_id(decision_id: str, path: str, faults: Faults) -> None:
    """Notes what no id that a caller gives a decision may be, besides what no label may."""
    refuse_dry_run(decision_id, path, faults)
    if "/" in decision_id:
        faults.add(
            path, "must have no '/': ids with one are those of an audience's rows; use another sign, such as ':'"
        )


def read_own_id(decision_id: str, path: str, faults: Faults) -> str:
    """Returns the id that a caller gives a decision, which may be empty."""
    refuse_own_id(decision_id, path, faults)
    return read_label(decision_id, path, faults)


def read_prose(text: str, path: str, faults: Faults, most: int) -> str:
    """Returns a text for people, in which line breaks are welcome."""
    if len(text) > most:
        faults.add(path, f"must have at most {most:,} characters")
    return text


def are_labels(texts: Collection[str]) -> bool:
    """Returns True when all texts are surely right as labels, which may be empty; False asks for a look at each."""
    joined = "".join(texts)
    return joined.isprintable() and (len(joined) <= MOST_CHARACTERS or max(map(len, texts)) <= MOST_CHARACTERS)


def are_ids(texts: Collection[str]) -> bool:
    """Returns True when all texts are surely right as ids and distinct; False asks for a look at each."""
    return all(texts) and len(set(texts)) == len(texts) and are_labels(texts)
