"""Quality of a sample: OPC UA's three severities in the top bits, the reasons in the rest.

A quality is one uint16. Comparing severities is comparing numbers: ``q < UNCERTAIN`` is good, ``q >= BAD`` is bad.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

QualityArray = NDArray[np.uint16]

GOOD: Final = 0x0000
UNCERTAIN: Final = 0x4000
BAD: Final = 0x8000

# Reasons. Any of them may stand beside a severity.
COMM: Final = 1 << 0  # no answer, connection gone, gateway without target
STALE: Final = 1 << 1  # older than it may be
RANGE: Final = 1 << 2  # outside the range that the point list gives
RATE: Final = 1 << 3  # moved faster than it can
STUCK: Final = 1 << 4  # has not moved for longer than it can
RESET: Final = 1 << 5  # a counter fell: reset, wrap or new meter
SENSOR: Final = 1 << 6  # the device itself says that the value is none (NaN, Inf, not implemented, broken)
MANUAL: Final = 1 << 7  # typed or corrected by a person
CONFIG: Final = 1 << 8  # the device does not know the register or node asked for
CLOCK: Final = 1 << 9  # the device's own time is impossible
BUSY: Final = 1 << 10  # the device answered that it cannot now

NO_SAMPLE: Final = 0xFFFF  # in a Frame: this point has no sample at this instant. Never stored, never sent.

REASONS: Final = {
    "comm": COMM,
    "stale": STALE,
    "range": RANGE,
    "rate": RATE,
    "stuck": STUCK,
    "reset": RESET,
    "sensor": SENSOR,
    "manual": MANUAL,
    "config": CONFIG,
    "clock": CLOCK,
    "busy": BUSY,
}


def severity(quality: int) -> str:
    """Word for the severity: good, uncertain or bad."""
    if quality >= BAD:
        return "bad"
    return "uncertain" if quality >= UNCERTAIN else "good"


def reasons(quality: int) -> list[str]:
    """Words for the reason bits, in a fixed order; none for NO_SAMPLE."""
    if quality == NO_SAMPLE:
        return []
    return [word for word, bit in REASONS.items() if quality & bit]


def good(quality: QualityArray) -> NDArray[np.bool_]:
    """Mask of good samples; uncertain, bad and absent are False."""
    return quality < UNCERTAIN


def worse(a: QualityArray, b: QualityArray) -> QualityArray:
    """Both qualities' reasons with the worse of the severities (a plain OR would make Uncertain|Bad undefined)."""
    merged = (a | b).astype(np.uint16)
    return np.where(merged >= BAD, merged & ~np.uint16(UNCERTAIN), merged).astype(np.uint16)
