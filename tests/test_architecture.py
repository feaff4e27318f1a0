"""Laws of the source tree that no other tool checks."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GENERATED = ROOT / "banditsvc" / "v1"
MOST_LINES = 400
FORBIDDEN_NAMES = {"util", "utils", "common", "misc", "helper", "helpers", "manager", "managers"}
MODULES = {
    "googleapis-common-protos": "google.rpc",
    "grpcio": "grpc",
    "grpcio-health-checking": "grpc_health",
    "grpcio-reflection": "grpc_reflection",
    "protobuf": "google.protobuf",
    "tzdata": "zoneinfo",
}
"""What to import of a dependency that has another name than its module, or that is used through another."""
PACKAGES = ("figures", "banditsvc", "offline_eval", "simulators", "benchmarks", "examples", "tests")


def sources() -> list[Path]:
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return sorted(path for path in found if GENERATED not in path.parents)


def declared_dependencies() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    requirements = project["project"]["dependencies"] + project["dependency-groups"]["dev"]
    optional = project["project"]["optional-dependencies"].values()
    return [name_of(requirement) for requirement in (*requirements, *chain.from_iterable(optional))]


def name_of(requirement: str) -> str:
    return re.split(r"[<>=\[ ]", requirement)[0]


def test_files_are_short() -> None:
    """No source file has more than 400 lines."""
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}

    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_modules_are_named_for_what_they_define() -> None:
    """No module has a name that only says that it helps."""
    assert [str(path) for path in sources() if FORBIDDEN_NAMES & set(path.stem.split("_"))] == []


def test_nothing_is_left_for_later() -> None:
    """No source file has a mark of unfinished work."""
    unfinished = re.compile("|".join(["TO" + "DO", "FIX" + "ME", "NotImplemented" + "Error"]))

    assert [str(path) for path in sources() if unfinished.search(path.read_text(encoding="utf-8"))] == []


def test_every_rpc_is_documented() -> None:
    """Every RPC of the contract is named in the README or in docs/."""
    protos = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "proto").rglob("*.proto"))
    documents = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in documents if path.exists())

    assert [name for name in re.findall(r"rpc (\w+)\(", protos) if not re.search(rf"\b{name}\b", text)] == []


def test_every_dependency_has_a_reason() -> None:
    """Every dependency has a row in the table of CONTRIBUTING.md, and every row is a dependency."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w.-]+)` \|", text, flags=re.MULTILINE)

    assert sorted(declared_dependencies()) == sorted(rows)


def test_every_dependency_is_used() -> None:
    """Whatever the product depends on is imported by it."""
    product = [
        path for path in sources() if path.relative_to(ROOT).parts[0] in ("banditsvc", "offline_eval", "simulators")
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in product)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    modules = [MODULES.get(name, name.replace("-", "_")) for name in map(name_of, project["dependencies"])]

    assert [] == [module for module in modules if not re.search(rf"^\s*(from|import) {module}\b", text, re.MULTILINE)]


def test_the_lock_names_no_host() -> None:
    """The lock file holds names, versions and hashes alone."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")

    assert re.findall(r"https?://\S+|--(?:index|extra-index|find-links)\S*", text) == []


def test_the_lock_has_every_dependency() -> None:
    """Every dependency is locked."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = set(re.findall(r"^([\w.-]+)==", text, flags=re.MULTILINE))

    assert set() == {name for name in declared_dependencies() if name not in locked}


@pytest.mark.parametrize("module", ["banditsvc.app", "banditsvc.cli", "banditsvc.client"])
def test_serving_loads_no_vowpal_wabbit(module: str) -> None:
    """Importing what serves or what calls the service does not load Vowpal Wabbit."""
    program = f"import sys, {module}; print('vowpal_wabbit_next' in sys.modules)"

    assert (
        subprocess.run([sys.executable, "-c", program], check=True, text=True, capture_output=True).stdout == "False\n"
    )


def test_service_and_learner_agree_on_the_files() -> None:
    """The service and the learner use the same files of a data directory."""
    from banditsvc import app  # noqa: PLC0415 - the learner's module loads Vowpal Wabbit
    from banditsvc.learner import process  # noqa: PLC0415

    assert (app.LOG_FILE, app.REGISTRY_FILE) == (process.LOG_FILE, process.REGISTRY_FILE)
