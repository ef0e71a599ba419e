"""An energy flow picture: boxes in columns, ribbons between them as wide as what flows."""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 1280, 860
BOX: Final = 16
ROUNDS: Final = 60
GAP: Final = 16
LEFT, RIGHT, TOP, BOTTOM = 190, 200, 64, 24

STYLE: Final = 'font-family="sans-serif" font-size="14" role="img"'


class Ribbon(NamedTuple):
    """What flows from one box to another, MWh, and its colour."""

    source: str
    target: str
    mwh: float
    colour: str


class Box(NamedTuple):
    """Where a box stands, and how tall it is."""

    x: float
    y: float
    height: float


def draw(title: str, columns: Sequence[Sequence[str]], ribbons: Sequence[Ribbon]) -> str:
    """SVG of ribbons between boxes; a box is as tall as the larger of what comes and goes."""
    ribbons = [ribbon for ribbon in ribbons if ribbon.mwh > 0.0]
    size = {name: max(_sum(ribbons, 0, name), _sum(ribbons, 1, name)) for column in columns for name in column}
    scale = min(
        (HEIGHT - TOP - BOTTOM - GAP * (len(column) - 1)) / max(sum(size[name] for name in column), 1e-9)
        for column in columns
    )
    boxes = _place(columns, size, scale, ribbons)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {STYLE} aria-label="{escape(title)}">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="34" font-size="20" fill="#222">{escape(title)}</text>',
        *_ribbons(ribbons, boxes, scale),
        *_boxes(columns, boxes, size),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _sum(ribbons: Sequence[Ribbon], end: int, name: str) -> float:
    return sum(ribbon.mwh for ribbon in ribbons if ribbon[end] == name)


def _place(
    columns: Sequence[Sequence[str]], size: Mapping[str, float], scale: float, ribbons: Sequence[Ribbon]
) -> dict[str, Box]:
    """Each box as near as its column lets it to the middle of what it is tied to; the order in a column stays."""
    height = {name: size[name] * scale for column in columns for name in column}
    middle = dict.fromkeys(height, HEIGHT / 2.0)
    top: dict[str, float] = {}
    for _ in range(ROUNDS):
        for column in columns:
            y = TOP + 0.0
            for name in column:
                y = top[name] = max(y, middle[name] - height[name] / 2)
                y += height[name] + GAP
            y = HEIGHT - BOTTOM + 0.0
            for name in reversed(column):
                y = top[name] = min(top[name], y - height[name])
                y -= GAP
            middle |= {name: top[name] + height[name] / 2 for name in column}
        for name in height:
            tied = [(r.mwh, middle[r[1 - end]]) for end in (0, 1) for r in ribbons if r[end] == name]
            total = sum(mwh for mwh, _ in tied)
            if total > 0.0:
                middle[name] += 0.5 * (sum(mwh * y for mwh, y in tied) / total - middle[name])
    step = (WIDTH - LEFT - RIGHT - BOX) / (len(columns) - 1)
    return {name: Box(LEFT + i * step, top[name], height[name]) for i, column in enumerate(columns) for name in column}


def _ribbons(ribbons: Sequence[Ribbon], boxes: Mapping[str, Box], scale: float) -> list[str]:
    """Ribbons leave and reach a box in the order of their other ends, so that few cross."""
    leaving, reaching = dict.fromkeys(boxes, 0.0), dict.fromkeys(boxes, 0.0)
    start: dict[Ribbon, float] = {}
    for ribbon in sorted(ribbons, key=lambda r: boxes[r.target].y):
        start[ribbon] = boxes[ribbon.source].y + leaving[ribbon.source]
        leaving[ribbon.source] += ribbon.mwh * scale
    drawn = []
    for ribbon in sorted(ribbons, key=lambda r: boxes[r.source].y):
        width = max(ribbon.mwh * scale, 0.8)
        x0, x1 = boxes[ribbon.source].x + BOX, boxes[ribbon.target].x
        y0, y1 = start[ribbon], boxes[ribbon.target].y + reaching[ribbon.target]
        reaching[ribbon.target] += ribbon.mwh * scale
        middle = (x0 + x1) / 2
        label = escape(f"{ribbon.source} → {ribbon.target}: {ribbon.mwh:,.0f} MWh")
        drawn.append(
            f'<path d="M{x0:.1f} {y0:.1f}C{middle:.1f} {y0:.1f} {middle:.1f} {y1:.1f} {x1:.1f} {y1:.1f}v{width:.1f}'
            f'C{middle:.1f} {y1 + width:.1f} {middle:.1f} {y0 + width:.1f} {x0:.1f} {y0 + width:.1f}Z" '
            f'fill="{ribbon.colour}" fill-opacity="0.5"><title>{label}</title></path>'
        )
    return drawn


def _boxes(columns: Sequence[Sequence[str]], boxes: Mapping[str, Box], size: Mapping[str, float]) -> list[str]:
    drawn = []
    for i, column in enumerate(columns):
        for name in column:
            box = boxes[name]
            first, last = i == 0, i == len(columns) - 1
            x = box.x - 8 if first else box.x + BOX + 8
            anchor = "end" if first else "start"
            y = box.y + box.height / 2 + 5 if first or last else box.y - 4
            x, anchor = (x, anchor) if first or last else (box.x + BOX / 2, "middle")
            drawn.append(
                f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{BOX}" height="{max(box.height, 1):.1f}" fill="#333"/>'
            )
            drawn.append(
                f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#222" stroke="#fff" stroke-width="3" '
                f'paint-order="stroke">{escape(name)} <tspan font-weight="bold">{size[name]:,.0f}</tspan></text>'
            )
    return drawn
