"""The interface of all explorations."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from banditsvc.core.decision import LearnedState
from banditsvc.core.learned_states import LearnedStates


class Exploration(Protocol):
    """A pure function from predicted rewards to selection probabilities, vectorised over rows.

    Laws, checked for every exploration: each row sums to 1 within 1e-12 and has no negative entry; the result of a
    row does not depend on the other rows, bit for bit; equal inputs get equal probabilities; adding a constant to a
    row changes nothing but rounding.
    """

    def pmf(
        self,
        predicted: NDArray[np.float64],
        fixed_rank: NDArray[np.int64],
        equal_parts: NDArray[np.float64],
        learned: LearnedState | LearnedStates,
        deviation: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float64]:
        """Returns probabilities of shape (rows, K), a fresh array.

        Args:
            predicted: Predicted rewards in raw units, each weighted by its lever, C-contiguous, shape (rows, K), K >= 1:
                the eligible campaigns, or the pairs of campaign and treatment.
            fixed_rank: Place of each in the fixed order, same shape, 0 first, distinct within a row.
            equal_parts: Same shape; an equal draw of a campaign and then of its treatment gives an entry 1 / equal_parts,
                which is 1 / K for all where there are no treatments.
            learned: What the model that predicted knows of its own learning; where there are several, of each.
            deviation: How sure the model is of each prediction: the standard deviation of what it takes the true
                expected reward to be, in the units and with the shape of predicted, at least 0; None where it does not
                say. Explorations that do not use it ignore it.
        """
        ...
