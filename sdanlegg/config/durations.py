"""Durations and clock times as people write them in configuration."""

import math
import re

_UNITS = {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


def seconds(text: str) -> float:
    """Seconds of `500ms`, `5s`, `15min`, `1h` or `1d`; ValueError for anything else."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|min|h|d)\s*", text)
    if not match:
        raise ValueError(f"{text!r} is not a duration; write it like 500ms, 5s, 15min or 1h")
    return float(match[1]) * _UNITS[match[2]]


def clock_minutes(text: str) -> int:
    """Minutes after midnight of `06:30`; 24:00 is allowed; ValueError for anything else."""
    match = re.fullmatch(r"(\d{2}):(\d{2})", text)
    minutes = int(match[1]) * 60 + int(match[2]) if match else math.inf
    if not match or int(match[2]) > 59 or minutes > 24 * 60:
        raise ValueError(f"{text!r} is not a clock time; write it like 06:30")
    return int(minutes)
