"""Panels of the year: daily means as lines and stacked areas, months along the bottom."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

import numpy as np

from sdanlegg.readings import FloatArray

WIDTH, PANEL, LEFT, RIGHT, TOP, GAP = 1280, 190, 84, 230, 56, 44
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

STYLE: Final = 'font-family="sans-serif" font-size="13" role="img"'


class Trace(NamedTuple):
    """One line or area: daily values."""

    name: str
    values: FloatArray
    colour: str


class Panel(NamedTuple):
    """Traces over one axis; stacked ones stand on each other."""

    title: str
    unit: str
    traces: Sequence[Trace]
    stacked: bool


def daily(hourly: FloatArray) -> FloatArray:
    """Means of whole days of 24 hours."""
    days = hourly.size // 24
    means: FloatArray = hourly[: days * 24].reshape(days, 24).mean(axis=1)
    return means


def draw(title: str, start_s: float, panels: Sequence[Panel]) -> str:
    """SVG of panels below each other; the first day begins at start_s (UTC)."""
    height = TOP + len(panels) * (PANEL + GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {STYLE} aria-label="{escape(title)}">',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="{LEFT}" y="32" font-size="20" fill="#222">{escape(title)}</text>',
    ]
    for i, panel in enumerate(panels):
        parts += _panel(panel, TOP + i * (PANEL + GAP) + 18, start_s)
    return "\n".join([*parts, "</svg>\n"])


def _panel(panel: Panel, top: float, start_s: float) -> list[str]:
    days = panel.traces[0].values.size
    layers = (
        np.cumsum([t.values for t in panel.traces], axis=0)
        if panel.stacked
        else np.array([t.values for t in panel.traces])
    )
    low, high, step = _axis(min(0.0 if panel.stacked else np.inf, float(layers.min())), float(layers.max()))
    x = LEFT + (np.arange(days) + 0.5) * (WIDTH - LEFT - RIGHT) / days

    def y(values: FloatArray) -> FloatArray:
        return top + PANEL - (values - low) * PANEL / (high - low)

    title = escape(f"{panel.title} [{panel.unit}]")
    parts = [f'<text x="{LEFT}" y="{top - 8}" fill="#222" font-weight="bold">{title}</text>']
    for mark in np.arange(low, high + step / 2, step):
        at = float(y(np.array([mark]))[0])
        parts.append(f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end" fill="#555">{mark:g}</text>')
    parts += _months(start_s, days, top)
    below = np.full(days, max(low, 0.0))
    for k, trace in enumerate(panel.traces):
        line = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y(layers[k]), strict=True))
        if panel.stacked:
            back = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x[::-1], y(below)[::-1], strict=True))
            parts.append(f'<polygon points="{line} {back}" fill="{trace.colour}" fill-opacity="0.75"/>')
            below = layers[k]
        else:
            parts.append(f'<polyline points="{line}" fill="none" stroke="{trace.colour}" stroke-width="1.6"/>')
        place = top + 14 + 20 * (len(panel.traces) - 1 - k if panel.stacked else k)
        parts.append(f'<rect x="{WIDTH - RIGHT + 16}" y="{place - 10}" width="14" height="12" fill="{trace.colour}"/>')
        parts.append(f'<text x="{WIDTH - RIGHT + 38}" y="{place}" fill="#222">{escape(trace.name)}</text>')
    return parts


def _months(start_s: float, days: int, top: float) -> list[str]:
    parts = []
    for day in range(days):
        date = datetime.fromtimestamp(start_s + 86_400 * day + 43_200, UTC)
        if date.day == 1:
            at = LEFT + day * (WIDTH - LEFT - RIGHT) / days
            parts.append(f'<path d="M{at:.1f} {top}v{PANEL}" stroke="#eee"/>')
            parts.append(f'<text x="{at + 4:.1f}" y="{top + PANEL + 16}" fill="#555">{MONTHS[date.month - 1]}</text>')
    return parts


def _axis(low: float, high: float) -> tuple[float, float, float]:
    """Round ends and step of an axis over the range."""
    rough = max(high - low, 1e-9) / 4
    power = 10.0 ** np.floor(np.log10(rough))
    step = float(next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough))
    return float(np.floor(low / step) * step), float(np.ceil(high / step) * step), step
