"""Fingerprint: by which data and which code an evaluation was made."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable

import numpy as np

from offline_eval.logged import Logged


def data_sha256(logged: Logged) -> str:
    """Returns the digest of logged decisions: what was eligible, chosen and got, with which probability, and for whom."""
    digest = hashlib.sha256()
    entries = logged.entries
    digest.update("\0".join(entries.campaign.names).encode())
    columns = (entries.start, entries.campaign.codes, entries.probability, entries.predicted, logged.chosen)
    for column in (*columns, logged.probability, logged.reward, logged.customer, logged.time_us):
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()


def code_sha256() -> str:
    """Returns the digest of the code that evaluations are made by."""
    digest = hashlib.sha256()
    for name, content in sorted(_sources(files("offline_eval"), "offline_eval")):
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _sources(folder: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _sources(entry, f"{name}/{entry.name}")
        elif entry.name.endswith(".py"):
            yield f"{name}/{entry.name}", entry.read_bytes()
