"""The twin's past in the history: sealed while it is written, so that a year of it does not pile up."""

from pathlib import Path

from sdanlegg.clock import SECOND_NS
from sdanlegg.config import load_site
from sdanlegg.historian.reader import LocalReader
from sdanlegg.run_twin import DAY_NS, backfill_history, span_of
from simulators.serve import Life
from tests.support.clocks import SetClock
from tests.support.holmen import holmen

END = 1_767_258_000 * SECOND_NS
DAYS = 1.1


async def test_backfill_leaves_nothing_to_seal_but_the_last_minutes(tmp_path: Path) -> None:
    site = load_site(holmen(tmp_path, move_ports=False))
    await backfill_history(site, tmp_path / "data", span_of(DAYS, 60.0, END), Life(), SetClock(END))
    async with LocalReader.open(tmp_path / "data") as reader:
        oldest = await reader.ask(lambda connection, _: connection.execute("SELECT min(t_ns) FROM reading").get)
        sealed = await reader.ask(lambda connection, _: connection.execute("SELECT count(*) FROM chunk").get)
        samples = await reader.read(["el_main.p"], END - 2 * DAY_NS, END)
    assert oldest >= END - 20 * 60 * SECOND_NS
    assert sealed > len(site.points)
    assert samples.t_ns.size == int(DAYS * 1440)
