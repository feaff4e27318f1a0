"""The peers, in an environment of their own."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).parent.parent
REQUIREMENTS = ROOT / "benchmarks" / "peers.txt"
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def peers_python() -> Path:
    """Returns the Python of an environment with the peers, made anew where what they require has changed."""
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    folder = ROOT / "build" / f"peers-{digest}"
    python, is_whole = folder / "bin" / "python", folder / "installed"
    if not is_whole.exists():
        with Console(stderr=True).status(f"installing the peers into {folder.relative_to(ROOT)}"):
            venv.create(folder, clear=True, with_pip=True)
            install = ["-m", "pip", "install", "-qq", "--no-deps", "--requirement", str(REQUIREMENTS)]
            subprocess.run([str(python), *install], check=True, stdout=sys.stderr)
        is_whole.touch()
    return python


def run_peers(module: str, *arguments: object) -> bytes:
    """Returns what a module of this project prints when the peers' Python runs it, on one thread."""
    return run_with(peers_python(), module, *arguments)


def run_with(python: str | Path, module: str, *arguments: object) -> bytes:
    """Returns what a module of this project prints when that Python runs it, on one thread."""
    command = [str(python), "-m", module, *map(str, arguments)]
    environment = {**os.environ, "TQDM_DISABLE": "1", **dict.fromkeys(_THREADS, "1")}
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment, cwd=ROOT).stdout
