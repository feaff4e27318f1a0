"""Kept runs: what came of each run of a long figure, in a file, so that a figure that was broken off goes on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent

Found = Mapping[str, Sequence[float]]
"""What was read from a run: numbers by what they are."""


class KeptRuns:
    """A file of JSON lines, one for each run: its key, and what was found."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._found: dict[str, Found] = {}
        if path.exists():
            for line in path.read_text("utf-8").splitlines():
                self._read(line)

    def run(self, key: str, make: Callable[[], Found]) -> Found:
        """Returns what is kept under a key, or else what make finds, which is then kept."""
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = make()
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"key": key, "found": found}) + "\n")
        return found

    def _read(self, line: str) -> None:
        try:
            kept = json.loads(line)
        except json.JSONDecodeError:
            # Half a line: the program was stopped while it wrote.
            return
        self._found[kept["key"]] = kept["found"]


def digest_of(patterns: Sequence[str]) -> str:
    """Returns a digest of the project's files that match one of some patterns: a part of the key of what they make."""
    paths = sorted({path for pattern in patterns for path in ROOT.glob(pattern)})
    whole = hashlib.sha256()
    for path in paths:
        whole.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()[:12]
