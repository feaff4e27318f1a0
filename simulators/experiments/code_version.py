"""Which code made the results."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib import metadata
from importlib.resources import files
from importlib.resources.abc import Traversable

_PACKAGES = ("banditsvc", "simulators")
WITHOUT_EFFECT = frozenset(
    {
        *("apply", "cli", "client", "import_files", "lift_tables", "plain", "reports", "serving", "v1"),
        *("comparison", "fit", "laws", "live", "rehearse", "report"),
    }
)
"""Packages of these on which no result of a run depends."""
_LIBRARIES = ("numpy", "scipy", "pandas", "pyarrow", "vowpal-wabbit-next")
"""Whose versions may change the last digit, or the bytes of a file."""


def code_version() -> dict[str, str]:
    """Returns a digest of the code that runs depend on, and the versions of the libraries that it uses."""
    digest = hashlib.sha256()
    for package in _PACKAGES:
        for name, content in sorted(_sources(files(package), package)):
            digest.update(f"{name}\0{len(content)}\0".encode())
            digest.update(content)
    return {"banditsvc": digest.hexdigest()[:16], **{name: metadata.version(name) for name in _LIBRARIES}}


def _sources(folder: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            if entry.name not in WITHOUT_EFFECT:
                yield from _sources(entry, f"{name}/{entry.name}")
        elif entry.name.endswith(".py"):
            yield f"{name}/{entry.name}", entry.read_bytes()
