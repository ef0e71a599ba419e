"""Samples as lines of the line protocol: pure. A line is one sample of one point.

``power,device=el_main,kind=gauge,point=p,site=holmen,system=432.001,unit=kW value=42.5,quality=0i 1750000000000000000``
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import orjson

from sdanlegg.clock import SECOND_NS
from sdanlegg.points import Point
from sdanlegg.quality import NO_SAMPLE, QualityArray
from sdanlegg.readings import FloatArray, TimeArray

HEARTBEAT: Final = "hall"  # measurement of the heartbeat line
_ESCAPED: Final = re.compile(r"([,= ])")
_FORBIDDEN: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\\]")
_NONE: Final = b"null"  # what orjson writes for NaN and Inf


@dataclass(frozen=True, slots=True)
class Series:
    """What the lines of a point say beside its samples; is_wide as in Point."""

    id: str
    quantity: str
    kind: str
    unit: str
    system: str  # of the TFM name, without "="; empty where it is not known any more
    is_wide: bool

    @classmethod
    def of(cls, point: Point) -> "Series":
        """Series of a point of the configuration."""
        system = point.tfm.removeprefix("=").partition("-")[0]
        return cls(point.id, point.quantity, point.kind, point.unit, system, point.is_wide)

    def head(self, site_id: str) -> bytes:
        """Measurement and tags, sorted by key; a tag without value is left out. ValueError as escape."""
        device, _, name = self.id.partition(".")
        tags = {"device": device, "kind": self.kind, "point": name, "site": site_id}
        tags |= {"system": self.system, "unit": self.unit}
        return ",".join([escape(self.quantity), *(f"{key}={escape(tag)}" for key, tag in tags.items() if tag)]).encode()


def escape(text: str) -> str:
    """Text as a measurement or tag value; ValueError for line breaks and backslashes, which no engine takes back."""
    if _FORBIDDEN.search(text):
        raise ValueError(f"{text!r} cannot stand in a line: it has a control character or a backslash")
    return _ESCAPED.sub(r"\\\1", text)


class Template:
    """The lines of k points that come together: all of a line that stays the same is made once."""

    def __init__(self, site_id: str, series: Sequence[Series]) -> None:
        self._heads = [one.head(site_id) + b" " for one in series]
        self._starts = [head + b"value=" for head in self._heads]
        self._wide = np.flatnonzero([one.is_wide for one in series])
        self._narrow = np.flatnonzero([not one.is_wide for one in series])

    def render(self, t_ns: TimeArray, values: FloatArray, quality: QualityArray) -> list[bytes]:
        """Lines of samples, row by row: t_ns (N,), values and quality (N, k).

        value is a float always: the shortest decimal that gives the same float64, of points that are not wide the
        same float32. quality is an integer always. NaN and Inf: no value, quality only. NO_SAMPLE: no line.
        """
        n, k = values.shape
        if not n * k:
            return []
        parts: list[bytes] = [b""] * (3 * n * k)
        parts[0::3] = self._starts * n
        parts[1::3] = decimals = self._decimals(values)
        parts[2::3] = _tails(t_ns, quality, k)
        for i in _places(_NONE, decimals):
            parts[3 * i : 3 * i + 3] = [self._heads[i % k], parts[3 * i + 2][1:], b""]
        for i in np.flatnonzero(quality.ravel() == NO_SAMPLE).tolist():
            parts[3 * i : 3 * i + 3] = [b"", b"", b""]
        return b"".join(parts).splitlines()

    def _decimals(self, values: FloatArray) -> list[bytes]:
        """Decimals of values (N, k), row by row."""
        if not self._narrow.size:
            return _shortest(np.ascontiguousarray(values).ravel())
        with np.errstate(over="ignore"):
            narrow = values.astype(np.float32)
        decimals = _shortest(narrow.ravel())
        if self._wide.size:
            k = values.shape[1]
            exact = _shortest(values[:, self._wide].ravel())
            for i, place in enumerate(self._wide.tolist()):
                decimals[place::k] = exact[i :: self._wide.size]
        return decimals


def _shortest(values: "np.ndarray[tuple[int], np.dtype[np.floating]]") -> list[bytes]:
    """Shortest decimals (n,) of floats of either width."""
    return orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].split(b",")


def _places(what: bytes, within: list[bytes]) -> Iterator[int]:
    """Where it stands in the list, ascending."""
    i = -1
    for _ in range(within.count(what)):
        i = within.index(what, i + 1)
        yield i


def _tails(t_ns: TimeArray, quality: QualityArray, k: int) -> list[bytes]:
    """What follows the value of each of the N * k samples."""
    tails: list[bytes] = []
    if not quality.any():
        for t in t_ns.tolist():
            tails += [b",quality=0i %d\n" % t] * k
        return tails
    for t, row in zip(t_ns.tolist(), quality.tolist(), strict=True):
        known = {q: b",quality=%di %d\n" % (q, t) for q in set(row)}
        tails += [known[q] for q in row]
    return tails


def heartbeat(site_id: str, t_ns: int, water_area_m2: float) -> bytes:
    """Line that says that the hall's feed is alive, with the figure that halls are compared by."""
    fields = f"heartbeat={t_ns / SECOND_NS!r},water_area_m2={float(water_area_m2)!r}"
    return f"{HEARTBEAT},site={escape(site_id)} {fields} {t_ns}".encode()


_DEVICE: Final = re.compile(rb",device=((?:[^\\, ]|\\.)*)")
_POINT: Final = re.compile(rb",point=((?:[^\\, ]|\\.)*)")


def told(line: bytes) -> tuple[str, int]:
    """Point id, empty for the heartbeat, and t_ns of a line of this module."""
    device, name = _DEVICE.search(line), _POINT.search(line)
    id_ = b"" if device is None or name is None else device[1] + b"." + name[1]
    return id_.replace(b"\\", b"").decode(), int(line.rpartition(b" ")[2])
