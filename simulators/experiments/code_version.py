"""Which code made the results."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib import metadata
from importlib.resources import files
from importlib.resources.abc import Traversable

_PACKAGES = ("banditsvc", "simulators")
_WITHOUT_EFFECT = frozenset({"cli", "reports", "v1", "comparison", "experiment_report", "live", "fit", "rehearse"})
"""Packages of these that no result of a run depends on."""
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
            if entry.name not in _WITHOUT_EFFECT:
                yield from _sources(entry, f"{name}/{entry.name}")
        elif entry.name.endswith(".py"):
            yield f"{name}/{entry.name}", entry.read_bytes()
