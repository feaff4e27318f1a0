"""The digest of data: what tells whether two fits were made of the same."""

from __future__ import annotations

import hashlib
from pathlib import Path

from simulators.fit.fit_rows import FitRows

_CHUNK_BYTES = 1 << 20


def file_digest(path: Path) -> str:
    """Returns the SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def rows_digest(rows: FitRows) -> str:
    """Returns the SHA-256 of rows, for data that are no file of their own."""
    digest = hashlib.sha256("\0".join([*rows.campaign_ids, *rows.parts]).encode())
    for column in rows.parts.values():
        digest.update("\0".join(column.names).encode())
        digest.update(column.codes.tobytes())
    for array in (rows.arms, rows.responses, rows.amounts, rows.delays, rows.days):
        if array is not None:
            digest.update(array.tobytes())
    return digest.hexdigest()
