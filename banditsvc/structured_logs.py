"""Structured logs: one event name a line with its fields, to standard error."""

from __future__ import annotations

import logging
import sys
from typing import Literal

import structlog


def configure_logs(level: str = "info", style: Literal["auto", "json", "text"] = "auto") -> None:
    """Makes structlog and the standard library's logging write alike to standard error.

    Called once, at the start of a process. json writes one object a line, text is for people, auto chooses text on a
    terminal. Loggers are got with `structlog.get_logger(name)` and write `log.info("event_name", field=value)`.
    """
    renderer = _renderer(style)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())


def _renderer(style: str) -> structlog.typing.Processor:
    if style == "json" or (style == "auto" and not sys.stderr.isatty()):
        return structlog.processors.JSONRenderer()
    return structlog.dev.ConsoleRenderer()
