"""Arrow alone: pyarrow without pandas, where nothing of pandas is used."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

import pyarrow as pa


def keep_pandas_out() -> None:
    """Keeps pyarrow from loading pandas with the first array that it makes, which takes longer than all of its own.

    It would look for pandas' types in what it is given. It asks once; whoever needs pandas later loads it all the same.
    """
    if "pandas" in sys.modules:
        return
    hidden = _Hidden()
    sys.meta_path.insert(0, hidden)
    try:
        pa.array([])
    finally:
        sys.meta_path.remove(hidden)


class _Hidden(MetaPathFinder):
    """Finds no pandas, and leaves all else to others."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        if fullname == "pandas":
            raise ModuleNotFoundError(name=fullname)
        return None
