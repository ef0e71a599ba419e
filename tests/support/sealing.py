"""Have the sealer do its work now, in tests."""

from pathlib import Path

from sdanlegg.historian.local import LocalStore
from sdanlegg.historian.schema import FILE_NAME
from sdanlegg.historian.seal import Sealer
from tests.support.clocks import SetClock
from tests.support.truth import OSLO


def sealer(store: LocalStore, folder: Path) -> Sealer:
    """A sealer of the store in the folder; it waits for nothing."""
    return Sealer(store, folder / FILE_NAME, OSLO, SetClock())


async def seal(store: LocalStore, folder: Path, until_ns: int) -> None:
    """Seal everything before the instant."""
    await sealer(store, folder).seal(until_ns)
