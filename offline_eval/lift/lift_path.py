"""How a lift and its interval came to be what they are, reading by reading: for plots."""

from __future__ import annotations

import numpy as np
import pandas as pd

from banditsvc.core.times import DAY_US
from offline_eval.intervals import cumulative_moments, difference_bounds
from offline_eval.lift.customers import enrolled_customers
from offline_eval.lift.estimate import Metric
from offline_eval.lift.settings import LiftSettings


def lift_path(table: pd.DataFrame, settings: LiftSettings, pair: tuple[str, str], metric: Metric) -> pd.DataFrame:
    """Returns the absolute lift of a pair of groups as it was read at the end of each day (UTC) of the table.

    Columns: `reading_us`, `target_customers`, `control_customers`, `absolute`, `low`, `high`; ends are infinite where
    the data were too thin.

    Raises:
        InvalidRequest: It names every column at fault.
    """
    frame = enrolled_customers(table, settings).frame
    times = frame["horizon_end_us"].to_numpy(dtype=np.int64)
    days = np.unique(times // DAY_US)
    readings = (days + 1) * DAY_US
    groups, values = frame["group"].to_numpy(), frame[metric.column].to_numpy(dtype=np.float64)
    target, control = (
        cumulative_moments(values[groups == group], np.searchsorted(times[groups == group], readings)) for group in pair
    )
    bounds = difference_bounds(target, control, settings.tuned(settings.interval, pair))
    return pd.DataFrame(
        {
            "reading_us": readings,
            "target_customers": target.count.astype(np.int64),
            "control_customers": control.count.astype(np.int64),
            "absolute": target.mean - control.mean,
            "low": bounds.low,
            "high": bounds.high,
        }
    )
