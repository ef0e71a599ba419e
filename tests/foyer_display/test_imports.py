"""What the foyer's process holds: nothing of the plant, of people's rights or of history."""

import subprocess
import sys

from tests.support.tree import ROOT

TELL = """
import sys
before = set(sys.modules)
import foyer_display.__main__
print("\\n".join(sorted(set(sys.modules) - before)))
"""


def loaded() -> set[str]:
    """Every module that starting the foyer loads."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", TELL], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


def test_of_the_core_it_holds_the_clock_only() -> None:
    names = loaded()
    assert "foyer_display.app" in names
    ours = {name for name in names if name.split(".")[0] in {"sdanlegg", "api", "drivers", "simulators", "dashboard"}}
    assert ours <= {"sdanlegg", "sdanlegg.clock"}


def test_it_has_no_way_to_a_device_or_a_store() -> None:
    roots = {name.split(".")[0] for name in loaded()}
    assert not roots & {"pymodbus", "asyncua", "apsw", "sqlite3", "fastapi", "numpy", "httpx", "influxdb_client"}
