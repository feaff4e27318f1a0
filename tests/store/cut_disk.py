"""A disk whose power can be cut: a SQLite file layer that forgets what was not synced."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import apsw

if TYPE_CHECKING:
    from typing_extensions import Buffer

SECTOR_BYTES = 512


class CutDisk(apsw.VFS):
    """Writes go to files as usual; a cut takes back, keeps or tears each write since the file's last sync.

    What is done after the cut goes to the files too, but not into the image of what is left.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name, base="")
        self.name = name
        self.files: dict[Path, CutFile] = {}
        self.image: dict[str, bytes] | None = None
        self._rng = random.Random(0)
        self._operations_left = -1

    def cut_after(self, operations: int, rng: random.Random) -> None:
        """Cuts the power in the middle of things: once so many further writes and syncs have been asked for."""
        self._operations_left, self._rng = operations, rng

    def cut(self) -> None:
        """Cuts the power now, if it is not cut yet; image holds by name what is left of each file."""
        if self.image is None:
            files = {path.name: file for path, file in self.files.items() if path.exists()}
            self.image = {name: file.after_cut(self._rng) for name, file in files.items()}

    def count_operation(self) -> None:
        """Notes a write or a sync that is about to be made."""
        if self._operations_left == 0:
            self.cut()
        self._operations_left -= 1

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> CutFile:  # noqa: N802 SQLite names it
        return CutFile(self, name, flags)


class CutFile(apsw.VFSFile):
    """One file of a CutDisk: what is safe on it, and what was written since."""

    def __init__(self, disk: CutDisk, name: Any, flags: list[int]) -> None:
        super().__init__("", name, flags)
        filename = name.filename() if isinstance(name, apsw.URIFilename) else name
        path = Path(filename)
        self._disk = disk
        self._safe = bytearray(path.read_bytes())
        self._unsynced: list[tuple[int, bytes] | int] = []
        disk.files[path] = self

    def xWrite(self, data: Buffer, offset: int) -> None:  # noqa: N802 SQLite names it
        self._disk.count_operation()
        super().xWrite(data, offset)
        self._unsynced.append((offset, bytes(data)))

    def xTruncate(self, newsize: int) -> None:  # noqa: N802 SQLite names it
        self._disk.count_operation()
        super().xTruncate(newsize)
        self._unsynced.append(newsize)

    def xSync(self, _flags: int) -> None:  # noqa: N802 SQLite names it
        # The true sync is left out: no true cut follows, and it is slow.
        self._disk.count_operation()
        for change in self._unsynced:
            _apply(self._safe, change)
        self._unsynced.clear()

    def after_cut(self, rng: random.Random) -> bytes:
        """Returns the file as a cut would leave it: each unsynced write dropped, kept, or torn at a sector."""
        content = bytearray(self._safe)
        for change in self._unsynced:
            fate = rng.choice(("dropped", "kept", "torn"))
            if fate == "torn" and isinstance(change, tuple):
                offset, data = change
                sectors = rng.randint(0, len(data) // SECTOR_BYTES)
                _apply(content, (offset, data[: sectors * SECTOR_BYTES]))
            elif fate == "kept":
                _apply(content, change)
        return bytes(content)


def _apply(content: bytearray, change: tuple[int, bytes] | int) -> None:
    if isinstance(change, int):
        del content[change:]
        return
    offset, data = change
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data
