"""A test bench for meters of the hall."""

import pytest

from sdanlegg.site import Site
from simulators.metering.memory import NEW, Memory
from tests.support.meter_bench import Bench, MakeBench


@pytest.fixture
def bench(hall: Site) -> MakeBench:
    """Make a bench of points or whole devices, by id."""

    def make(*ids: str, seed: int = 1, memory: Memory = NEW) -> Bench:
        return Bench(hall, ids, seed, memory)

    return make
