"""Laws of the documents: what they say to type exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
import typer.main

from banditsvc.cli.main import COMMANDS, GROUPS, command_line
from banditsvc.config import setting_names

ROOT = Path(__file__).parent.parent.parent
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(?:sh|bash|console)\n(.*?)^```", re.DOTALL | re.MULTILINE)
WORDS = re.compile(r"`((?:banditsvc|make) [^`\n]+)`")


def command_lines(text: str) -> list[list[str]]:
    """Returns the words of every command in shell blocks and between backquotes."""
    blocks = "\n".join(FENCE.findall(text)).replace("\\\n", " ")
    lines = [*blocks.splitlines(), *WORDS.findall(text)]
    split = (shlex.split(line.removeprefix("$ "), comments=True) for line in lines)
    return [[Path(words[0]).name, *words[1:]] for words in split if words]


def unknown_words(words: list[str]) -> list[str]:
    """Returns the commands and options of a command line that banditsvc does not have."""
    command: Any = typer.main.get_command(command_line())
    for number, word in enumerate(words):
        if not hasattr(command, "get_command"):
            break
        found = command.get_command(click.Context(command), word)
        if found is None:
            return [word]
        command = found
        words = words if hasattr(command, "get_command") else words[number + 1 :]
    known = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    options = [word.partition("=")[0] for word in words if re.fullmatch(r"--?[a-z][a-z-]*(=.*)?", word)]
    return [option for option in options if option not in known | {"--help"}]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_of_the_documents_exist(document: Path) -> None:
    """Every banditsvc command and option that a document shows exists, and so does every make target."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    unknown = {}
    for words in command_lines(document.read_text(encoding="utf-8")):
        if words[0] == "banditsvc" and len(words) > 1:
            unknown[" ".join(words)] = unknown_words(words[1:])
        elif words[0] == "make":
            unknown[" ".join(words)] = [word for word in words[1:] if "=" not in word and word not in targets]

    assert {} == {line: words for line, words in unknown.items() if words}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_settings_of_the_documents_exist(document: Path) -> None:
    """Every environment variable that a document names is one of a setting."""
    known = {"BANDITSVC_CONFIG", *(f"BANDITSVC_{name.upper().replace('.', '__')}" for name in setting_names())}
    named = set(re.findall(r"\bBANDITSVC_[A-Z0-9_]*[A-Z0-9]\b", document.read_text(encoding="utf-8")))

    assert set() == named - known


def test_every_setting_is_documented() -> None:
    """docs/settings.md has a row for every setting, by its environment variable."""
    rows = re.findall(r"\| `(BANDITSVC_\w+)` \|", (ROOT / "docs" / "settings.md").read_text(encoding="utf-8"))

    assert sorted(f"BANDITSVC_{name.upper().replace('.', '__')}" for name in setting_names()) == sorted(rows)


def test_every_command_explains_itself() -> None:
    """Every command has a help text, and so has every option of every command."""
    root: Any = typer.main.get_command(command_line())
    commands = {name: root.commands[name] for name in (*COMMANDS, *GROUPS)}
    for group in GROUPS:
        commands |= {f"{group} {name}": command for name, command in commands[group].commands.items()}

    assert [] == [name for name, command in commands.items() if not command.help]
    assert [] == [
        f"{name} {parameter.name}"
        for name, command in commands.items()
        for parameter in command.params
        if not getattr(parameter, "help", None) and not getattr(parameter, "hidden", False)
    ]
