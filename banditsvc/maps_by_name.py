"""Maps by name: maps of few names as structures, whose fields are the names, and back."""

from __future__ import annotations

import numpy as np
import pyarrow as pa


def opened_map(stored: pa.StructArray, kind: pa.MapType) -> pa.MapArray:
    """Returns maps of what each structure has that is not null, in the order of its fields."""
    columns = stored.flatten()
    known = np.column_stack([one.is_valid().to_numpy(zero_copy_only=False) for one in columns])
    rows, places = np.nonzero(known)
    values = pa.concat_arrays([one.cast(kind.item_type) for one in columns])
    ends = np.concatenate([[0], np.cumsum(np.count_nonzero(known, axis=1))]).astype(np.int32)
    return pa.MapArray.from_arrays(
        pa.array(ends),
        pa.array([one.name for one in stored.type], kind.key_type).take(pa.array(places)),
        values.take(pa.array(places * len(stored) + rows)),
        type=kind,
    )
