"""Classes of meters: how far a meter of a class may be off, by what passed it.

A class promises a limit (maximum permissible error); what an instrument's own error is within it nobody knows, so it
is taken as even between the limits: standard uncertainty = limit/√3 (GUM 4.3.7), the same as long as the meter hangs.

- EN 1434-1 (heat): flow sensor c + 0.02 c' qp/q, at most 5 % (class 2: 2 + 0.02 qp/q; class 1: 1 + 0.01 qp/q, at most
  3.5 %; class 3: 3 + 0.05 qp/q); pair 0.5 + 3 dTmin/dT; calculator 0.5 + dTmin/dT [%], dTmin 3 K. Three instruments:
  three independent errors. q is the interval's mean, dT that of its energy and volume.
- MID class A, B, C (electricity): 3.5, 2 and 1 % (MID, annex V, indoors); IEC 62053-21 class 1: 1 %; 62053-22 class
  0.5 S: 0.5 %. Low load: 0.5 % more (A: 1), growing with 1/P from `smallest` (0.35 kW: 0.5 A a phase) to half of it.
- ISO 4064 class 2: 2 % from Q2 on, 5 % down to Q1; class 1: 1 and 3 %.
- inverter 3 % (2-5 % is usual); controller: electricity 2 %, heat 4 %, water 0.75 % (magnetic), condensate 5 %. These
  are engineering estimates.
`extra` of a meter is one more independent limit (brine 2-5 %: 0.03; current transformers class 0.5: 0.005).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import numpy as np

from sdanlegg.network import Carrier, Measurement
from sdanlegg.readings import FloatArray

_ROOT3: Final = float(np.sqrt(3.0))
DT_MIN_K: Final = 3.0
HALF_LOAD_DT_K: Final = 10.0  # a heat meter without `volume` is taken to run at this difference (EN 1434's example)
STEP: Final = 1.0 / float(np.sqrt(6.0))  # of two readings of a counter, each rounded down to its step


class Limits(NamedTuple):
    """Limit as a share, what comes on top at low load, the power or flow where that begins and where it is whole."""

    share: float
    low: float = 0.0
    begins: float = 0.0
    whole: float = 0.0


class Heat(NamedTuple):
    """Flow sensor of EN 1434: limit at full flow, what grows with qp/q, the most of both [shares]."""

    share: float
    grows: float
    most: float


HEAT: Final[Mapping[str, Heat]] = MappingProxyType(
    {
        "EN1434-1": Heat(0.01, 0.0001, 0.035),
        "EN1434-2": Heat(0.02, 0.0002, 0.05),
        "EN1434-3": Heat(0.03, 0.0005, 0.05),
    }
)
CLASSES: Final[Mapping[str, Limits]] = MappingProxyType(
    {
        "MID-A": Limits(0.035, 0.01, 0.35, 0.17),
        "MID-B": Limits(0.02, 0.005, 0.35, 0.17),
        "MID-C": Limits(0.01, 0.003, 0.35, 0.17),
        "IEC62053-1": Limits(0.01, 0.005, 0.7, 0.35),
        "IEC62053-0.5S": Limits(0.005, 0.005, 0.35, 0.17),
        "ISO4064-1": Limits(0.01, 0.02, 0.16, 0.10),
        "ISO4064-2": Limits(0.02, 0.03, 0.16, 0.10),
        "inverter": Limits(0.03),
    }
)
CONTROLLER: Final[Mapping[Carrier, Limits]] = MappingProxyType(
    {"electricity": Limits(0.02), "heat": Limits(0.04), "water": Limits(0.0075), "moisture": Limits(0.05)}
)


def parts(meter: Measurement, carrier: Carrier, amount: FloatArray, hours: FloatArray, volume: FloatArray | None) -> (
    tuple[FloatArray, ...]
):  # fmt: skip
    """Standard uncertainties of a meter's independent instruments, each (K,), in the unit of amount (K,) and all even.

    volume (K,) [m³] passed in the same time, for heat meters. NaN where amount is.
    """
    size = np.abs(amount)
    kind = HEAT.get(meter.meter or "")
    if kind is not None and carrier == "heat":
        limits = _heat(kind, meter, amount, hours, volume)
    elif kind is not None:
        limits = [_flow(kind, meter, amount, hours)]
    else:
        limits = [_share(meter, carrier, size / hours)]
    if meter.extra:
        limits.append(np.full_like(size, meter.extra))
    return tuple(size * limit / _ROOT3 for limit in limits)


def _share(meter: Measurement, carrier: Carrier, rate: FloatArray) -> FloatArray:
    limits = CLASSES.get(meter.meter or "") or CONTROLLER[carrier]
    if not limits.low or meter.smallest == 0.0:
        return np.full_like(rate, limits.share)
    begins = limits.begins if meter.smallest is None else meter.smallest
    whole = begins * limits.whole / limits.begins
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.clip(whole * (begins / rate - 1.0) / (begins - whole), 0.0, 1.0)
    return limits.share + limits.low * np.where(rate <= 0.0, 1.0, part)


def _flow(kind: Heat, meter: Measurement, volume: FloatArray, hours: FloatArray) -> FloatArray:
    if meter.nominal is None:
        return np.full_like(volume, kind.share + 2.0 * kind.grows)
    with np.errstate(divide="ignore", invalid="ignore"):
        grown = kind.grows * meter.nominal * hours / volume
    return np.minimum(kind.share + np.where(volume > 0.0, grown, kind.most), kind.most)


def _heat(
    kind: Heat, meter: Measurement, energy: FloatArray, hours: FloatArray, volume: FloatArray | None
) -> list[FloatArray]:
    if volume is None:
        flow, colder = (
            np.full_like(energy, kind.share + 2.0 * kind.grows),
            np.full_like(energy, DT_MIN_K / HALF_LOAD_DT_K),
        )
    else:
        flow = np.where(np.isnan(volume), kind.share + 2.0 * kind.grows, _flow(kind, meter, volume, hours))
        with np.errstate(divide="ignore", invalid="ignore"):
            colder = DT_MIN_K * meter.kwh_per_m3_k * volume / np.abs(energy)
        colder = np.where(np.isfinite(colder), colder, DT_MIN_K / HALF_LOAD_DT_K)
    return [flow, 0.005 + 0.03 * colder, 0.005 + 0.01 * colder]
