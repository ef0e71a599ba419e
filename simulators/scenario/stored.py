"""What the collector would have stored of controllers that answer badly: for a past that nobody polled."""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isnan
from types import MappingProxyType
from typing import Final

import numpy as np

from sdanlegg.plausibility import Plausibility
from sdanlegg.points import Point, Register
from sdanlegg.quality import BAD, BUSY, CLOCK, COMM, CONFIG, SENSOR, STALE, UNCERTAIN, QualityArray, worse
from sdanlegg.readings import FloatArray, IntArray, Reading, TimeArray, all_bad
from sdanlegg.site import Device, Site
from simulators.encode import decode, encode
from simulators.modbus_image import turned
from simulators.scenario.conditions import Condition, Conditions
from simulators.scenario.model import Planted

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
    """Turns readings of well controllers into what would have been stored of them as they are.

    Where a controller or a meter is faulty, they are also judged as the collector judges what it reads.
    """

    def __init__(self, planted: Sequence[Planted], site: Site) -> None:
        self.conditions = Conditions(planted, site)
        self._points = site.points.points
        self._judge = Plausibility(site.points)
        touched = _metered(planted) | {device.id for device in site.devices if self.conditions.touch(device.id)}
        self._devices = {device.id: device for device in site.devices if device.id in touched}
        self._columns: dict[str, IntArray] = {
            id_: np.array([c for c, p in enumerate(self._points) if p.device == id_], np.int32) for id_ in self._devices
        }

    def reading(self, reading: Reading) -> Reading:
        """The reading as it would have come; of one device always with the same array of columns, in time order."""
        device = self._devices.get(reading.device)
        if device is None:
            return reading
        return self._judge.judge(self._told(reading, device))

    def stretch(self, t_ns: TimeArray, values: FloatArray, quality: QualityArray) -> tuple[FloatArray, QualityArray]:
        """The same for samples at t_ns (T,): values and quality (T, N) by column, changed in place and given back."""
        for id_, columns in self._columns.items():
            for k, time_ns in enumerate(t_ns.tolist()):
                told = self.reading(Reading(id_, time_ns, columns, values[k, columns], quality[k, columns]))
                values[k, columns], quality[k, columns] = told.values, told.quality
        return values, quality

    def _told(self, reading: Reading, device: Device) -> Reading:
        condition = self.conditions.at(device.id, reading.t_ns)
        quality = _lost(condition, device)
        if quality:
            return all_bad(device.id, reading.t_ns, reading.columns, quality)
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


def _metered(planted: Sequence[Planted]) -> set[str]:
    """Devices whose meters are faulty."""
    faults = [one.fault for one in planted if one.fault.layer == "meter"]
    words = [word for fault in faults for word in (fault.target, str(fault.settings.get("with", "")))]
    return {word.partition(".")[0] for word in words}


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
