"""What the collector would have stored of controllers that answer badly: for a past that nobody polled."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isnan
from types import MappingProxyType
from typing import Final

import numpy as np

from sdanlegg.points import Point, Register
from sdanlegg.quality import BAD, BUSY, CLOCK, COMM, CONFIG, SENSOR, STALE, UNCERTAIN, worse
from sdanlegg.readings import FloatArray, Reading, all_bad
from sdanlegg.site import Device
from simulators.encode import decode, encode
from simulators.modbus_image import turned
from simulators.scenario.conditions import Condition, Conditions

# Modbus Application Protocol V1.1b3, 7; OPC UA Part 4, 7.39: what the code says of the value.
OF_CODE: Final = (0, BAD | CONFIG, BAD | CONFIG, BAD | CONFIG, BAD | COMM, BAD | BUSY, BAD | BUSY)
OF_STATUS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "BadDeviceFailure": BAD | SENSOR,
        "BadSensorFailure": BAD | SENSOR,
        "BadNotConnected": BAD | COMM,
        "BadCommunicationError": BAD | COMM,
        "BadOutOfService": BAD | SENSOR,
        "BadConfigurationError": BAD | CONFIG,
        "UncertainLastUsableValue": UNCERTAIN | STALE,
        "UncertainSensorNotAccurate": UNCERTAIN | SENSOR,
    }
)
MOST_AHEAD_NS: Final = 60_000_000_000  # a source time further ahead is not believed


class Stored:
    """Turns readings of well controllers into what would have been stored of them as they are."""

    def __init__(self, conditions: Conditions, devices: Sequence[Device], points: Sequence[Point]) -> None:
        self._conditions = conditions
        self._devices = {device.id: device for device in devices}
        self._points = points

    def reading(self, reading: Reading) -> Reading:
        """The reading as it would have come; quality as the drivers give it, before any check of plausibility."""
        condition = self._conditions.at(reading.device, reading.t_ns)
        quality = _lost(condition, self._devices[reading.device])
        if quality:
            return all_bad(reading.device, reading.t_ns, reading.columns, quality)
        if condition.order:
            reading = self._garbled(reading, condition.order)
        if condition.status:
            marked = worse(reading.quality, np.full(reading.columns.size, OF_STATUS[condition.status], np.uint16))
            reading = replace(reading, quality=marked)
        return _timed(reading, condition.ahead_ns) if condition.ahead_ns else reading

    def _garbled(self, reading: Reading, order: str) -> Reading:
        columns = reading.columns.tolist()
        values: FloatArray = np.array(
            [_garbled(v, self._points[c], order) for v, c in zip(reading.values.tolist(), columns, strict=True)]
        )
        quality = reading.quality.copy()
        quality[np.isnan(values)] = BAD | SENSOR
        return replace(reading, values=values, quality=quality)


def _lost(condition: Condition, device: Device) -> int:
    """Quality of a poll that brings nothing; 0 if it brings something."""
    if condition.offline or condition.delay_s >= device.pacing.timeout:
        return BAD | COMM
    if condition.status:
        quality = OF_STATUS[condition.status]
        return quality if quality >= BAD else 0
    return OF_CODE[condition.code]


def _garbled(value: float, point: Point, order: str) -> float:
    """Value that a reader takes from registers in an order that it does not expect; NaN stays NaN."""
    address = point.address
    if not isinstance(address, Register) or turned(address, order) is address or isnan(value):
        return value
    try:
        read = decode(encode(value, turned(address, order)), address)
    except (struct.error, OverflowError):
        return float("nan")
    return read if abs(read) < float("inf") else float("nan")


def _timed(reading: Reading, ahead_ns: int) -> Reading:
    """Reading with the times of a clock that is ahead, or behind; one far ahead is not believed."""
    if ahead_ns > MOST_AHEAD_NS:
        marked = worse(reading.quality, np.full(reading.columns.size, UNCERTAIN | CLOCK, np.uint16))
        return replace(reading, quality=marked)
    return replace(reading, source_t_ns=np.full(reading.columns.size, reading.t_ns + ahead_ns, np.int64))
