"""What the documentation shows is run here, word for word, against a real server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from banditsvc.log_schema import (
    ACTIVATIONS,
    CAMPAIGNS,
    CONSENTS,
    DECISIONS,
    ENROLLMENTS,
    EXCLUSIONS,
    JOINED,
    MERGES,
    OUTCOMES,
)
from figures.__main__ import FIGURES

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
START_SECONDS = 30.0


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    page: Path
    language: str
    text: str

    def __str__(self) -> str:
        """Returns what names the test."""
        return f"{self.page.name}:{self.text.splitlines()[0][:40]}"


@dataclass(frozen=True)
class Server:
    """The server that the documentation talks to."""

    address: str
    data_dir: Path


BLOCKS = [Block(page, found[1], found[2]) for page in PAGES for found in FENCE.finditer(page.read_text())]
SHELL = [block for block in BLOCKS if block.language == "sh"]
PYTHON = [block for block in BLOCKS if block.language == "python"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Serves the example shop as `make run` does, on a port and a directory of its own."""
    folder = tmp_path_factory.mktemp("docs")
    port_file, data_dir = folder / "port", folder / "shop"
    command = [sys.executable, "-m", "banditsvc", "serve", "--address", "127.0.0.1:0", "--data", str(data_dir)]
    command += ["--metrics-address", "127.0.0.1:0", "--apply", "examples/shop/shop.toml", "--port-file", str(port_file)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        try:
            yield Server(_address(port_file, process), data_dir)
        finally:
            process.terminate()
            process.wait(timeout=30)


def _address(port_file: Path, process: subprocess.Popen[bytes]) -> str:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if port_file.exists() and (address := port_file.read_text().strip()):
            return address
        time.sleep(0.05)
    message = "the server did not start"
    raise RuntimeError(message)


def _run(command: list[str], server: Server) -> subprocess.CompletedProcess[str]:
    bin_dir = Path(sys.executable).parent
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BANDITSVC_")}
    environment |= {"PATH": f"{bin_dir}:{environment['PATH']}", "BANDITSVC_CLIENT__SERVER": server.address}
    return subprocess.run(
        command, cwd=ROOT, env=environment, input="", capture_output=True, text=True, timeout=250, check=False
    )


def _here(text: str, server: Server) -> str:
    """Returns a block with the documentation's address and directory replaced by those of the test."""
    replaced = text.replace(".venv/bin/", "").replace("127.0.0.1:50051", server.address)
    return replaced.replace("data/shop", str(server.data_dir))


@pytest.mark.parametrize("block", SHELL, ids=str)
def test_every_command_shown_works(block: Block, server: Server) -> None:
    """A command in the documentation ends with success; a make target exists."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = [line.split("#")[0].strip() for line in block.text.replace("\\\n", " ").splitlines()]
    for command in filter(None, commands):
        if command.startswith("make "):
            assert command.split()[1] in targets
            continue
        if " -m figures" in command:  # runs for long; tests/faults and others run the short forms
            assert not set(command.split()[3:]) - {"--short", *FIGURES}
            continue
        done = _run(["bash", "-c", _here(command, server)], server)
        assert 0 == done.returncode, f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_every_python_example_works(block: Block, server: Server) -> None:
    """A Python example in the documentation runs to its end, with warnings as errors."""
    done = _run([sys.executable, "-W", "error", "-c", _here(block.text, server)], server)

    assert 0 == done.returncode, f"{done.stdout}\n{done.stderr}"


def test_every_toml_example_can_be_read() -> None:
    """A TOML example in the documentation is valid TOML."""
    assert all(tomllib.loads(block.text) for block in BLOCKS if block.language == "toml")


def test_every_column_of_the_log_is_documented() -> None:
    """Each column of the open log stands in docs/log.md."""
    text = (ROOT / "docs" / "log.md").read_text()
    tables = (DECISIONS, OUTCOMES, ACTIVATIONS, CAMPAIGNS, CONSENTS, MERGES, ENROLLMENTS, EXCLUSIONS, JOINED)
    columns = {name for schema in tables for name in schema.names}

    assert not {name for name in columns if f"`{name}`" not in text}


def test_every_link_leads_somewhere() -> None:
    """A relative link in the documentation names a file that exists."""
    links = [(page, link) for page in PAGES for link in re.findall(r"\]\(((?!http)[^)#]+)", page.read_text())]

    assert not [(page.name, link) for page, link in links if not (page.parent / link).exists()]
