"""The peer's part of figures/class_data.py, run in the environment of the peers: scikit-learn's data sets as arrays.

Usage: python -m figures.class_data_peer WHERE.npz NAME...
"""

from __future__ import annotations

import sys
from importlib import import_module

import numpy as np


def main(path: str, *names: str) -> None:
    """Writes the numbers and the classes of some data sets."""
    datasets = import_module("sklearn.datasets")
    found = {}
    for name in names:
        loaded = getattr(datasets, f"load_{name}")()
        found[f"{name}.numbers"], found[f"{name}.classes"] = loaded.data, loaded.target
    np.savez(path, **found)


if __name__ == "__main__":
    main(*sys.argv[1:])
