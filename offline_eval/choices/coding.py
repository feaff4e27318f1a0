"""Columns of texts as small numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Codes = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Coded:
    """A column of texts: each value is the place of its text in `names`."""

    codes: Codes
    names: tuple[str, ...]

    def is_name(self, *names: str) -> NDArray[np.bool_]:
        """Returns for each row whether its text is one of these."""
        wanted = [place for place, name in enumerate(self.names) if name in names]
        return np.isin(self.codes, wanted)

    def where(self, chosen: NDArray[np.bool_]) -> Coded:
        """Returns the chosen rows."""
        return Coded(self.codes[chosen], self.names)


class Coder:
    """Numbers texts in the order in which they are first seen."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """Returns the texts seen so far, by their numbers."""
        return tuple(self._codes)

    def code(self, texts: pa.Array, missing: str = "", *, stands_for: Callable[[str], str] = str) -> Codes:
        """Returns the number of each text.

        Args:
            texts: Texts; a null stands for the text `missing`.
            missing: See texts.
            stands_for: Gives the text that is numbered in the place of one, such as a customer's surviving id.
        """
        encoded = texts.fill_null(missing).dictionary_encode()
        known = encoded.dictionary.to_pylist()
        own = np.fromiter((self.code_of(stands_for(text)) for text in known), dtype=np.int32, count=len(known))
        found: Codes = own[encoded.indices.to_numpy(zero_copy_only=False)]
        return found

    def code_of(self, text: str) -> int:
        """Returns the number of one text."""
        return self._codes.setdefault(text, len(self._codes))
