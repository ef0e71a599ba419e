"""OPC UA data values -> house values with quality and source times, and back; pure.

A number is taken from any numeric variant, a bool from Boolean only, a text from String and LocalizedText.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
from asyncua import ua
from asyncua.ua import VariantType

from drivers.opcua_status import quality_of
from sdanlegg.clock import SECOND_NS
from sdanlegg.datatypes import DataType, text_code
from sdanlegg.points import Node
from sdanlegg.quality import BAD, CLOCK, CONFIG, SENSOR, UNCERTAIN, QualityArray, worse
from sdanlegg.readings import NO_SOURCE_TIME, FloatArray, TimeArray

OLDEST_NS: Final = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp()) * SECOND_NS  # no controller in use is older
AHEAD_NS: Final = 60 * SECOND_NS  # a source time further ahead of its arrival is a wrong clock
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NO_TIME: Final = datetime(1601, 1, 1, tzinfo=UTC)  # the null DateTime (Part 6, 5.2.2.5)
_INT64: Final = np.iinfo(np.int64)
_INTEGERS: Final = frozenset(VariantType(n) for n in range(VariantType.SByte, VariantType.Float))
_NUMBERS: Final = _INTEGERS | {VariantType.Float, VariantType.Double}
_BOOL: Final = frozenset({VariantType.Boolean})
_TEXTS: Final = frozenset({VariantType.String, VariantType.LocalizedText})
_VARIANTS: Final = {
    "int16": VariantType.Int16,
    "uint16": VariantType.UInt16,
    "int32": VariantType.Int32,
    "uint32": VariantType.UInt32,
    "int64": VariantType.Int64,
    "uint64": VariantType.UInt64,
    "float32": VariantType.Float,
    "float64": VariantType.Double,
}


@dataclass(frozen=True, slots=True)
class Decoding:
    """How the values of some nodes become house values: types (n), scale and offset (n,)."""

    types: tuple[DataType, ...]
    scale: FloatArray
    offset: FloatArray


@dataclass(frozen=True, slots=True)
class Decoded:
    """House values (n,), NaN where there is none; quality (n,); source times (n,) ns UTC; texts by code."""

    values: FloatArray
    quality: QualityArray
    source_t_ns: TimeArray
    texts: Mapping[int, str]


def decoding(nodes: Iterable[Node]) -> Decoding:
    """Compile what the point list says of some nodes; a text has neither scale nor offset."""
    of = tuple(nodes)
    scale = [1.0 if node.type.is_text else node.scale for node in of]
    offset = [0.0 if node.type.is_text else node.offset for node in of]
    return Decoding(tuple(node.type for node in of), np.array(scale, float), np.array(offset, float))


def decode(how: Decoding, data: Sequence[ua.DataValue], arrival_ns: TimeArray) -> Decoded:
    """Turn n data values, each with its arrival (n,) ns UTC, into house values.

    Bad status, null, NaN and ±Inf: NaN and BAD; a variant of the wrong type or an array: NaN and BAD|CONFIG. An
    impossible source time (before 2000, over 60 s ahead of the arrival) is dropped and makes the sample
    UNCERTAIN|CLOCK; the null DateTime (1601) is no time. Old source times are normal.
    """
    n = len(how.types)
    raw, quality = np.full(n, np.nan), np.zeros(n, np.uint16)
    source_t_ns = np.full(n, NO_SOURCE_TIME, np.int64)
    texts: dict[int, str] = {}
    for i, (type_, value) in enumerate(zip(how.types, data, strict=True)):
        raw[i], quality[i] = _sample(value, type_, texts)
        if value.SourceTimestamp is not None:
            source_t_ns[i] = _time_ns(value.SourceTimestamp)
    with np.errstate(over="ignore"):
        values = raw * how.scale + how.offset
    none = ~np.isfinite(values)
    values[none] = np.nan
    quality[none & (quality < BAD)] = BAD | SENSOR
    known = source_t_ns != NO_SOURCE_TIME
    impossible = known & ((source_t_ns < OLDEST_NS) | (source_t_ns > arrival_ns + AHEAD_NS))
    quality[impossible] = worse(quality[impossible], np.array(UNCERTAIN | CLOCK, np.uint16))
    source_t_ns[impossible] = NO_SOURCE_TIME
    return Decoded(values, quality, source_t_ns, texts)


def encode(node: Node, value: float) -> ua.Variant:
    """Make the typed variant that writes a house value; ValueError if the node's type cannot hold it."""
    raw = (float(value) - node.offset) / node.scale
    if not math.isfinite(raw):
        raise ValueError(f"{value} is no value to write")
    base = node.type.base
    if base == "bool":
        if raw not in (0.0, 1.0):
            raise ValueError(f"{value:g} is neither 0 nor 1")
        return ua.Variant(bool(raw), VariantType.Boolean)
    if base not in _VARIANTS:
        raise ValueError(f"type {node.type.name} cannot be written")
    if base.startswith("float"):
        if base == "float32" and abs(raw) > float(np.finfo(np.float32).max):
            raise ValueError(f"{value:g} does not fit into {base}")
        return ua.Variant(raw, _VARIANTS[base])
    whole, limits = round(raw), np.iinfo(base)
    if not limits.min <= whole <= limits.max:
        raise ValueError(f"{value:g} does not fit into {base}")
    return ua.Variant(whole, _VARIANTS[base])


def _sample(value: ua.DataValue, type_: DataType, texts: dict[int, str]) -> tuple[float, int]:
    """Raw value and quality of one data value; a text is noted in texts."""
    quality, variant = quality_of(value.StatusCode), value.Value
    if quality >= BAD:
        return math.nan, quality
    if variant is None or variant.Value is None:
        return math.nan, BAD | SENSOR
    if variant.is_array or variant.VariantType not in _accepted(type_):
        return math.nan, BAD | CONFIG
    if type_.is_text:
        return _text(variant, texts, quality)
    bit = type_.bit
    return float(variant.Value if bit is None else variant.Value >> bit & 1), quality


def _accepted(type_: DataType) -> frozenset[VariantType]:
    if type_.is_text:
        return _TEXTS
    if type_.base == "bool":
        return _BOOL
    return _NUMBERS if type_.bit is None else _INTEGERS


def _text(variant: ua.Variant, texts: dict[int, str], quality: int) -> tuple[float, int]:
    text = variant.Value.Text if variant.VariantType == VariantType.LocalizedText else variant.Value
    if text is None or not _is_unicode(text):
        return math.nan, BAD | SENSOR
    text = text.partition("\0")[0].strip()
    code = text_code(text)
    texts[code] = text
    return float(code), quality


def _is_unicode(text: str) -> bool:
    """Whether the server sent UTF-8; asyncua hides bytes that are not in lone surrogates."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def _time_ns(time: datetime) -> int:
    if time == _NO_TIME:
        return NO_SOURCE_TIME
    since = time - _EPOCH
    ns = (since.days * 86_400 + since.seconds) * SECOND_NS + since.microseconds * 1000
    return min(max(ns, _INT64.min + 1), _INT64.max)
