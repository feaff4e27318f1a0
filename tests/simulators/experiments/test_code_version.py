"""What binds results to the code that made them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import simulators
from simulators.experiments.code_version import WITHOUT_EFFECT, code_version

LOADED = """
import json, sys
import simulators.experiments.run_part, simulators.runs.simulate
print(json.dumps([one.__file__ for name, one in sys.modules.items() if name.partition(".")[0] in ("banditsvc", "simulators")]))
"""
ROOT = Path(simulators.__file__).parent.parent


def test_all_that_a_run_loads_is_in_the_digest() -> None:
    """No module that a worker loads lies in a package that is left out, but for generated code and the comparison."""
    loaded = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True)
    packages = {
        part for file in json.loads(loaded.stdout) for part in Path(file).relative_to(ROOT).parts[:-1]
    }  # fmt: skip

    assert {"engine", "runs", "worlds", "core", "learner"} <= packages
    assert {"comparison", "v1"} == packages & WITHOUT_EFFECT


def test_versions_are_those_of_this_code() -> None:
    """The digest is the same each time; the libraries that may change a digit are named with their versions."""
    assert code_version() == code_version()
    assert {"banditsvc", "numpy", "scipy", "pandas", "pyarrow", "vowpal-wabbit-next"} == set(code_version())
