"""The data directory that a command reads."""

from __future__ import annotations

from pathlib import Path

from banditsvc.cli.command_failure import USAGE, CommandFailure
from banditsvc.config import load_settings
from banditsvc.log_file import LOG_FILE


def data_directory(data: Path | None, config: Path | None) -> Path:
    """Returns the directory given, or else that of the settings; a log file stands for the directory that it is in.

    Raises:
        CommandFailure: There is no log.
        ConfigError: The settings cannot be used.
    """
    directory = data or load_settings(config).store.data_dir
    if directory.name == LOG_FILE and directory.is_file():
        return directory.parent
    if not (directory / LOG_FILE).is_file():
        nearby = sorted(str(log.parent) for log in directory.glob(f"*/{LOG_FILE}"))
        found = f" (there is one in {', '.join(nearby)})" if nearby else ""
        raise CommandFailure(
            f"there is no {directory / LOG_FILE}{found}: name the service's data directory with --data, "
            "or its settings file with --config",
            USAGE,
        )
    return directory
