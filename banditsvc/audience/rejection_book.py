"""Rejection book: why campaigns are dropped, by small numbers, for columns of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.rejection import Rejection

Codes = NDArray[np.uint16]

ELIGIBLE = 0
"""Code of a campaign that is left."""
NOT_NAMED = 1
"""Code of one that a row is not about."""
_FIRST_REJECTION = 2


class RejectionBook:
    """Rejections by code. There are few: one for each campaign and rule or limit."""

    __slots__ = ("_codes", "rejections")

    def __init__(self) -> None:
        self.rejections: list[Rejection] = []
        self._codes: dict[Rejection, int] = {}

    def code(self, rejection: Rejection | None) -> int:
        """Returns the code of a rejection, ELIGIBLE for none."""
        if rejection is None:
            return ELIGIBLE
        code = self._codes.get(rejection)
        if code is None:
            code = self._codes[rejection] = _FIRST_REJECTION + len(self.rejections)
            self.rejections.append(rejection)
        return code

    @staticmethod
    def drops_none(codes: Codes) -> bool:
        """Returns whether all codes are ELIGIBLE, which is 0."""
        return not codes.any()

    @staticmethod
    def is_rejection(codes: Codes) -> NDArray[np.bool_]:
        """Returns which codes are those of rejections."""
        return codes >= _FIRST_REJECTION

    @staticmethod
    def places(codes: Codes) -> Codes:
        """Returns the place in rejections of the codes of rejections."""
        return codes - np.uint16(_FIRST_REJECTION)
