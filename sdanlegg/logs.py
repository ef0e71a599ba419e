"""Logging: one line an event, JSON for machines and plain text for a terminal. Libraries are heard when they warn."""

import logging
import sys
from typing import Literal, TextIO

import structlog

LogFormat = Literal["auto", "json", "text"]
# These repeat themselves at every poll of a silent device; our own log tells the edges.
_TALKATIVE = ("pymodbus", "asyncua", "uvicorn.error")


def configure(log_format: LogFormat, stream: TextIO = sys.stderr, *, quiet: bool = False) -> None:
    """Set logging up for this process; auto is text on a terminal and JSON elsewhere."""
    as_text = log_format == "text" or (log_format == "auto" and stream.isatty())
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=stream.isatty()) if as_text else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING if quiet else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(stream),
    )
    logging.basicConfig(stream=stream, level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s", force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
