"""Laws of whole files."""

from __future__ import annotations

from pathlib import Path

from banditsvc.whole_file import let_go, sync_file, whole_file


def test_what_is_let_go_is_read_as_it_was_written(tmp_path: Path) -> None:
    """The system may forget what it keeps of a file: it is on disk, and is read from there."""
    path = tmp_path / "part"
    with whole_file(path) as file:
        file.write(b"decided" * 10_000)
    sync_file(path)
    let_go(path)
    assert b"decided" * 10_000 == path.read_bytes()
