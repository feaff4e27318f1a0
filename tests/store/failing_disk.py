"""A disk that can be told to fail: a SQLite file layer."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any

import apsw

if TYPE_CHECKING:
    from typing_extensions import Buffer


class FailingDisk(apsw.VFS):
    """Works like the operating system's files until write_error or sync_error is set."""

    def __init__(self, name: str) -> None:
        super().__init__(name, base="")
        self.name = name
        self.write_error: apsw.Error | None = None
        self.sync_error: apsw.Error | None = None

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> FailingFile:  # noqa: N802 SQLite names it
        return FailingFile(self, name, flags)


class FailingFile(apsw.VFSFile):
    """One file of a FailingDisk."""

    def __init__(self, disk: FailingDisk, name: Any, flags: list[int]) -> None:
        super().__init__("", name, flags)
        self._disk = disk

    def xWrite(self, data: Buffer, offset: int) -> None:  # noqa: N802 SQLite names it
        if self._disk.write_error is not None:
            raise self._disk.write_error
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802 SQLite names it
        if self._disk.sync_error is not None:
            raise self._disk.sync_error
        super().xSync(flags)

    def excepthook(
        self, _etype: type[BaseException] | None, _evalue: BaseException | None, _etraceback: TracebackType | None
    ) -> bool:
        """Says nothing: the failures are meant."""
        return True
