"""A year behind the demo: the twin's past, computed by a process of its own while the service is live already."""

import asyncio
import contextlib
import io
import json
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import structlog

from sdanlegg.clock import SECOND_NS
from sdanlegg.errors import SdError
from sdanlegg.health import Filling
from sdanlegg.historian.catalogue import note_sampling
from sdanlegg.historian.chunks import DAY_NS
from sdanlegg.historian.local import LocalStore
from sdanlegg.readings import FloatArray, IntArray
from sdanlegg.run_absorb import Stretch, absorb
from sdanlegg.run_foyer import end_process
from sdanlegg.site import Site

EVERY_NS: Final = 900 * SECOND_NS  # of the past's samples: the plant itself goes in shorter steps
SAMPLES_DAYS: Final = 30.0  # of the past as samples: a demo need not fill a disk
PLAN: Final = "past.json"
_LENGTH: Final = 8  # bytes before a frame
log = structlog.get_logger("past")


@dataclass(frozen=True, slots=True)
class Plan:
    """Which past: from start_ns up to end_ns, where the lived history begins, of a seed.

    samples_from_ns: before it only figures of a quarter of an hour and more are kept. written_ns: it is written so far.
    """

    start_ns: int
    end_ns: int
    seed: int
    samples_from_ns: int
    written_ns: int = 0

    @property
    def done(self) -> bool:
        """Whether all of it is written."""
        return self.written_ns >= self.end_ns

    def keep(self, data_dir: Path) -> None:
        """Remember it for the next run on this history."""
        (data_dir / PLAN).write_text(json.dumps(asdict(self)), encoding="utf-8")


def planned(end_ns: int, days: float, seed: int) -> Plan:
    """The past that ends where the lived history begins, some days long with it; begun at a midnight UTC."""
    start_ns = -(-(end_ns - int(days * DAY_NS)) // DAY_NS) * DAY_NS
    samples_from_ns = (end_ns - int(SAMPLES_DAYS * DAY_NS)) // DAY_NS * DAY_NS
    return Plan(min(start_ns, end_ns), end_ns, seed, samples_from_ns)


def kept_plan(data_dir: Path) -> Plan | None:
    """The plan of an earlier run on this history, None if there is none."""
    with contextlib.suppress(FileNotFoundError, ValueError, TypeError):
        return Plan(**json.loads((data_dir / PLAN).read_text(encoding="utf-8")))
    return None


async def note_past(store: LocalStore, site: Site, plan: Plan) -> None:
    """Say how far apart the past's samples are; before anybody reads."""
    work = partial(note_sampling, table=site.points, start_ns=plan.start_ns, end_ns=plan.end_ns, period_ns=EVERY_NS)
    await store.change(work)


async def fill_past(site: Site, folder: Path, data_dir: Path, store: LocalStore, plan: Plan, filling: Filling) -> None:
    """Write the planned past into the running service's store; a failure is told and harms nothing else."""
    filling.share = 0.0
    try:
        async with _computing(folder, plan, await _standing(site, store, plan.end_ns)) as frames:
            async for frame in frames:
                if "t_ns" in frame and frame["t_ns"][-1] >= plan.written_ns:
                    stretch = _stretch(frame)
                    await absorb(site, store, stretch, plan.samples_from_ns)
                    plan = replace(plan, written_ns=int(stretch.t_ns[-1]) + EVERY_NS)
                    plan.keep(data_dir)
                filling.share = float(frame["share"])
        replace(plan, written_ns=plan.end_ns).keep(data_dir)
    except SdError as error:
        filling.fault = str(error)
        log.warning("past_not_written", err=str(error))
    finally:
        filling.share = None


async def _standing(site: Site, store: LocalStore, at_ns: int) -> tuple[IntArray, FloatArray]:
    """Columns of the counters, and where they stand when the lived history begins."""
    counters = [point.id for point in site.points if point.kind == "counter"]
    frame = await store.read(counters, at_ns, at_ns + 1)
    if not frame.t_ns.size:
        raise SdError("the lived history does not begin where the past ends")
    columns = np.array([site.points.column[id_] for id_ in counters], np.int32)
    known = ~np.isnan(frame.values[0])
    return columns[known], frame.values[0][known]


@contextlib.asynccontextmanager
async def _computing(
    folder: Path, plan: Plan, stand: tuple[IntArray, FloatArray]
) -> AsyncIterator[AsyncIterator[Mapping[str, Any]]]:
    """Frames of the process that computes the past; it is ended with the block."""
    times = (str(plan.start_ns), str(plan.end_ns), str(EVERY_NS), str(plan.seed))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "simulators.past", str(folder), *times),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # what a terminal sends to all is not for it: it ends with us
    )
    try:
        yield _frames(process, stand)
    finally:
        await end_process(process)


async def _frames(
    process: asyncio.subprocess.Process, stand: tuple[IntArray, FloatArray]
) -> AsyncIterator[Mapping[str, Any]]:
    """Frames as they come, until the process has told everything; SdError when it ends before that."""
    if process.stdin is None or process.stdout is None:
        raise SdError("the process of the past has no pipes")
    content = io.BytesIO()
    np.savez(content, columns=stand[0], values=stand[1])
    process.stdin.write(content.getvalue())
    process.stdin.close()
    with contextlib.suppress(asyncio.IncompleteReadError):
        while True:
            length = int.from_bytes(await process.stdout.readexactly(_LENGTH), "little")
            with np.load(io.BytesIO(await process.stdout.readexactly(length))) as frame:
                yield dict(frame)
    code = await process.wait()
    if code != 0:
        raise SdError(f"the process that computes it ended by itself (exit code {code})")


def _stretch(frame: Mapping[str, Any]) -> Stretch:
    texts = dict(zip(frame["codes"].tolist(), frame["texts"].tolist(), strict=True))
    return Stretch(frame["t_ns"], frame["values"], frame["quality"], texts)
