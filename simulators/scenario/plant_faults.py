"""What is wrong with the plant at an instant, as the fields that its subsystems heed."""

from collections.abc import Sequence
from typing import Any

from sdanlegg.clock import SECOND_NS
from simulators.plant.faults import SOUND, Faults
from simulators.scenario.kinds import PLANT
from simulators.scenario.model import Planted

AMOUNTS = ("m3_h", "times", "share", "kw")


class PlantFaults:
    """Faults of the plant on one run's timeline; without memory."""

    def __init__(self, planted: Sequence[Planted]) -> None:
        self._planted = [one for one in planted if one.fault.layer == "plant"]

    def __call__(self, t_ns: int) -> Faults:
        """Faults at an instant (ns since 1970 UTC)."""
        changed: dict[str, Any] = {}
        for one in self._planted:
            if one.on(t_ns):
                field = PLANT[one.fault.kind].fields[one.fault.target]
                changed[field] = _strength(one, getattr(SOUND, field), t_ns)
        return SOUND._replace(**changed) if changed else SOUND


def _strength(one: Planted, sound: float, t_ns: int) -> float:
    """Value of the fault's field: 1 for a flag; an amount grows evenly from the sound value if it is to."""
    full = next((one.fault.number(key) for key in AMOUNTS if key in one.fault.settings), 1.0)
    grows_ns = float(one.fault.settings.get("grows", 0.0)) * SECOND_NS
    share = min(1.0, (t_ns - one.start_ns) / grows_ns) if grows_ns > 0.0 else 1.0
    return sound + (full - sound) * share
