"""When an engine's process began: one that is killed and back between two writes shows no broken connection."""

from typing import Final

from sdanlegg.historian.mirrors import MirrorError
from sdanlegg.historian.mirrors.wire import Wire

_METRIC: Final = b"process_start_time_seconds "
_TELLS_NOT: Final = ("missing", "denied", "refused")


async def process_start(wire: Wire) -> float | None:
    """Unix s from the engine's own /metrics; None if it has none to show. MirrorError if it does not answer."""
    began = None
    try:
        async for line in wire.lines("/metrics"):
            if line.startswith(_METRIC):
                began = float(line.removeprefix(_METRIC))
    except MirrorError as error:
        if error.fault not in _TELLS_NOT:
            raise
    return began
