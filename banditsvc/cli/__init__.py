"""The command line: one command group per file."""

from banditsvc.cli.main import main

__all__ = ["main"]
