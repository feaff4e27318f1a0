"""Opens part files for whoever runs a command: a damaged one is told with its name and the remedy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pyarrow as pa

from banditsvc.part_file import PartFault, PartFile
from banditsvc.usage_error import UsageError


@contextmanager
def open_part(path: Path) -> Iterator[PartFile]:
    """Gives a part for reading, and closes it.

    Raises:
        UsageError: It is damaged, or not there.
    """
    try:
        with closing(PartFile(path)) as part:
            yield part
    except (OSError, pa.ArrowException, PartFault) as error:
        raise UsageError(f"{path} is damaged: {error}; take it from a backup") from None
