"""AsServed: the model that was serving when each decision was made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from offline_eval.intervals import Floats
from offline_eval.logged import Logged, LogRefused


@dataclass(frozen=True, slots=True)
class AsServed:
    """Predicted rewards as they were logged.

    What a decision brought was learned after it, so that no folds are needed; what the customer's earlier ones brought may
    be in the model, which does no harm to DR: given all that was known before, the choice is drawn anew.
    """

    def predicted(self, logged: Logged) -> Floats:
        """Returns the predicted reward of each entry; where no model served, the mean of the others.

        Raises:
            LogRefused: The log has no predicted rewards.
        """
        served = logged.entries.predicted
        known = np.isfinite(served)
        if len(served) and not known.any():
            raise LogRefused("the log has no predicted rewards: take another reward model, such as shrunken means")
        return served if known.all() else np.where(known, served, float(served[known].mean()))
