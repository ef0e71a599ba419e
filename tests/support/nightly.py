"""How often faults are injected: enough to find a coarse error in every run, often in the night."""

import os

NIGHTLY = os.environ.get("SDANLEGG_NIGHTLY") == "1"


def times(ordinary: int, nightly: int) -> int:
    """How often, in this run."""
    return nightly if NIGHTLY else ordinary
