"""What storages hold at the edges of the intervals, out of points, and what they gained between.

gain = content(end) - content(start). What a sensor is off by at both ends alike cancels but for the share that grows
with the change, which goes up and down with it and so stands with the noise; a sensor's noise and what the points
do not see of the content (layers, dead corners: content_sigma) come in at both ends. That noise telescopes: over
several intervals it comes in at the first and the last edge only (see arrays.Estimates).
"""

from typing import Final

import numpy as np

from sdanlegg.balance.moist_air import ratio
from sdanlegg.balance.seen import Seen
from sdanlegg.network import AirMoisture, BalanceNode, WeightedSum
from sdanlegg.readings import FloatArray

_ROOT2: Final = float(np.sqrt(2.0))


def content_points(node: BalanceNode) -> tuple[str, ...]:
    """Points that tell a storage's content, each once."""
    content = node.content
    if content is None:
        return ()
    if isinstance(content, AirMoisture):
        return content.temperature, content.humidity
    times = () if content.times is None else (content.times,)
    return tuple(dict.fromkeys((*content.plus, *content.minus, *times)))


def gain(node: BalanceNode, seen: Seen) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Amount, fixed and noise uncertainty (K,) of what a storage gained [kWh, m³, kg]; NaN where nothing tells it.

    A storage with a content_sigma and no content is taken to gain nothing, as surely as that sigma says.
    """
    if node.content is None:
        known = np.full_like(seen.hours, np.nan if node.content_sigma is None else 0.0)
        return known, 0.0 * known, known + _ROOT2 * (node.content_sigma or 0.0)
    values = {point: seen.edge(point) for point in content_points(node)}
    held = content(node.content, values)
    amount: FloatArray = np.diff(held)
    noise = np.zeros_like(amount) + 2.0 * (node.content_sigma or 0.0) ** 2
    for point, value in values.items():
        sensor = seen.sensor(point)
        off = (sensor.limit + sensor.share * np.abs(value)) / np.sqrt(3.0)
        noise += (np.diff(content(node.content, {**values, point: value + off})) - amount) ** 2
        moved = content(node.content, {**values, point: value + sensor.noise}) - held
        noise += moved[1:] ** 2 + moved[:-1] ** 2
    return amount, 0.0 * amount, np.sqrt(noise)


def content(kind: WeightedSum | AirMoisture, values: dict[str, FloatArray]) -> FloatArray:
    """What a storage holds [kWh, m³, kg], out of values of its points (all of one shape)."""
    if isinstance(kind, AirMoisture):
        return kind.dry_air_kg * ratio(values[kind.temperature], values[kind.humidity])
    total = np.zeros_like(next(iter(values.values())))
    for point in kind.plus:
        total += kind.factor * values[point]
    for point in kind.minus:
        total -= kind.factor * values[point]
    return total if kind.times is None else total * (kind.added + values[kind.times])
