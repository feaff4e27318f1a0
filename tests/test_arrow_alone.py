"""Laws of what is loaded: an audience is decided without what takes long to load and is not used."""

from __future__ import annotations

import subprocess
import sys

_LOADED = """
import sys
import banditsvc.cli.rank_audience
from banditsvc.arrow_alone import keep_pandas_out
keep_pandas_out()
import numpy, pyarrow
made = [pyarrow.array([1, 2]), pyarrow.array(numpy.arange(2)), pyarrow.array(numpy.array(["a", None], dtype=object))]
print(sorted({"pandas", "scipy"} & {*sys.modules}))
print(pyarrow.table({"x": [1, 2]}).to_pandas()["x"].tolist())
print(pyarrow.array(sys.modules["pandas"].Series([1.5, float("nan")])).to_pylist())
"""


def test_an_audience_is_decided_without_pandas_and_scipy() -> None:
    """Neither the command nor making arrays loads them; who asks for pandas after that has it, types and all."""
    ended = subprocess.run([sys.executable, "-c", _LOADED], check=True, capture_output=True, text=True)
    assert ["[]", "[1, 2]", "[1.5, None]"] == ended.stdout.splitlines()
