"""SunSpec fields to registers and house values, as pure thinking, for a device with a given chain of models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from drivers.modbus_codec import NO_VALUE, Row
from drivers.modbus_plan import Block, Span, plan_blocks
from drivers.sunspec_models import GROUPS, KINDS, SF_LIMIT, Place
from sdanlegg.datatypes import DataType
from sdanlegg.errors import ConfigError
from sdanlegg.points import Point, Register, SunSpecField
from sdanlegg.quality import BAD, CONFIG
from sdanlegg.readings import FloatArray
from sdanlegg.site import Pacing

_SCALE_FACTOR = DataType("int16", "int16", 1)


@dataclass(frozen=True, slots=True)
class Model:
    """One model that a device has: where its id stands, and how many registers follow id and length."""

    address: int
    length: int


Chain = Mapping[int, Model]


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """What to read for a group of n points, and how it becomes their house values.

    registers and blocks: the m fields that the device has, then k scale factors. rows (m,): the points' places in the
    group; scaled (k,): the fields that the scale factors belong to; none (m, 2): raw values that say "not implemented";
    factor and offset (m,): the map's own, on top of the scale factor.
    """

    size: int
    registers: tuple[Register, ...]
    blocks: tuple[Block, ...]
    rows: NDArray[np.intp]
    scaled: NDArray[np.intp]
    none: FloatArray
    factor: FloatArray
    offset: FloatArray

    def house(self, raw: Row) -> Row:
        """House values of the raw registers: raw * 10^scale factor * factor + offset.

        A field without a value, a scale factor that is none or beyond ten, and NaN give NaN with BAD|SENSOR; a point
        that the device does not have, NaN with BAD|CONFIG.
        """
        m = self.rows.size
        exponent = np.zeros(m)
        exponent[self.scaled] = raw.values[m:]
        found = raw.quality[:m].copy()
        with np.errstate(invalid="ignore"):
            unusable = (raw.values[:m, None] == self.none).any(axis=1) | ~(np.abs(exponent) <= SF_LIMIT)
        found[unusable & (found < BAD)] = NO_VALUE
        exponent[found >= BAD] = 0.0
        values, quality = np.full(self.size, np.nan), np.full(self.size, BAD | CONFIG, np.uint16)
        house = raw.values[:m] * 10.0**exponent * self.factor + self.offset
        values[self.rows] = np.where(found < BAD, house, np.nan)
        quality[self.rows] = found
        return Row(values, quality, raw.texts)


def plan_fields(points: Sequence[Point], chain: Chain, pacing: Pacing) -> FieldPlan:
    """Plan the reading of points from a device with this chain; no request parts a field from its scale factor."""
    found = [(row, point, at) for row, point in enumerate(points) if (at := _find(point, chain)) is not None]
    registers = [Register("holding", m.address + p.offset, _type(p), "ABCD", 1.0, 0.0) for _, _, (m, p) in found]
    spans = [_span(i, *at) for i, (_, _, at) in enumerate(found)]
    scaled = []
    for i, (_, _, (model, place)) in enumerate(found):
        if place.scale_factor is not None:
            spans.append(_span(len(registers), model, place))
            registers.append(Register("holding", model.address + place.scale_factor, _SCALE_FACTOR, "ABCD", 1.0, 0.0))
            scaled.append(i)
    return FieldPlan(
        size=len(points),
        registers=tuple(registers),
        blocks=plan_blocks(spans, pacing),
        rows=np.array([row for row, _, _ in found], np.intp),
        scaled=np.array(scaled, np.intp),
        none=np.array([KINDS[p.type].none for _, _, (_, p) in found], float).reshape(-1, 2),
        factor=np.array([1.0 if point.is_text else _field(point).scale for _, point, _ in found], float),
        offset=np.array([0.0 if point.is_text else _field(point).offset for _, point, _ in found], float),
    )


def check_field(point: Point, pacing: Pacing) -> None:
    """Refuse, with a ConfigError, a point that names no field, or one that cannot be read in one request."""
    field = _field(point).field
    places = [place for fields in _models(field).values() if (place := fields.get(field.partition(".")[2]))]
    if not places:
        raise ConfigError(f"{point.id}: SunSpec has no field {field!r}")
    longest = max(_span(0, Model(0, 0), place).count for place in places)
    if longest > pacing.max_registers:
        raise ConfigError(f"{point.id}: its {longest} registers exceed max_registers {pacing.max_registers}")


def _field(point: Point) -> SunSpecField:
    if not isinstance(point.address, SunSpecField):
        raise ConfigError(f"{point.id} has no SunSpec field")
    return point.address


def _models(field: str) -> Mapping[int, Mapping[str, Place]]:
    """Models that may hold the fields of a field's group."""
    return GROUPS.get(field.partition(".")[0], {})


def _find(point: Point, chain: Chain) -> tuple[Model, Place] | None:
    """Where a device with this chain holds a point; None if it does not."""
    field = _field(point).field
    models = _models(field)
    for number, model in chain.items():
        place = models.get(number, {}).get(field.partition(".")[2])
        if place is not None and _span(0, model, place).end <= model.address + 2 + model.length:
            return model, place
    return None


def _type(place: Place) -> DataType:
    return KINDS[place.type].register_type


def _span(row: int, model: Model, place: Place) -> Span:
    """Registers from a field to the end of its scale factor."""
    end = place.offset + _type(place).registers if place.scale_factor is None else place.scale_factor + 1
    return Span(row, "holding", model.address + place.offset, end - place.offset)
