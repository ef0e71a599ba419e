"""A network that swallows a device's packets without a word: neither end is told that the connection is gone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sdanlegg.quality import BAD, COMM
from tests.support.faulty_hall import PERIOD_S

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(150)
def test_a_half_open_connection_is_noticed_disturbs_nobody_and_heals() -> None:
    assert os.geteuid() == 0, "a network namespace of its own takes root"
    done = subprocess.run(
        ["unshare", "-n", sys.executable, "-m", "tests.support.half_open"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["during"] == [BAD | COMM] * 4
    assert seen["well_polls"] > 10
    assert seen["well_worst_s"] < PERIOD_S
    assert seen["healed_s"] < 10
