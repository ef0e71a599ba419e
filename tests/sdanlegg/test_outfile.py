import signal
import subprocess
import sys

import pytest

from sdanlegg.outfile import OutputError, whole_file
from tests.support.disks import small_disk
from tests.support.tree import ROOT

SLOW = """
import asyncio, sys
from pathlib import Path
from sdanlegg.ending import leave_on_signals, run_undoing
from sdanlegg.outfile import whole_file

def write(file):
    file.write(b"half")
    file.flush()
    print("half", flush=True)

async def slow():
    with whole_file(Path(sys.argv[1])) as file:
        write(file)
        await asyncio.sleep(60)

if sys.argv[2] == "loop":
    run_undoing(slow())
else:
    import time
    leave_on_signals()
    with whole_file(Path(sys.argv[1])) as file:
        write(file)
        time.sleep(60)
"""


def test_a_file_is_there_whole_or_not_at_all(tmp_path):
    path = tmp_path / "out.csv"
    with whole_file(path) as file:
        file.write(b"whole")
        assert not path.exists()
    assert path.read_bytes() == b"whole"
    with pytest.raises(ZeroDivisionError), whole_file(path, force=True) as file:
        file.write(b"other" * (1 // 0))
    assert path.read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_there_is_replaced_only_when_told(tmp_path):
    path = tmp_path / "out.csv"
    path.write_bytes(b"old")
    with pytest.raises(OutputError, match=r"out\.csv is there already: --force"), whole_file(path):
        pass
    with whole_file(path, force=True) as file:
        file.write(b"new")
    assert path.read_bytes() == b"new"
    with pytest.raises(OutputError, match="is there already"), whole_file(tmp_path, force=True):
        pass
    with pytest.raises(OutputError, match=r"no folder .*nowhere"), whole_file(tmp_path / "nowhere" / "x"):
        pass


def test_a_full_disk_is_told_and_nothing_stays(tmp_path):
    with small_disk(tmp_path / "disk", "1m") as disk:
        with pytest.raises(OutputError, match="disk is full"), whole_file(disk / "x") as file:
            file.write(bytes(4 << 20))
        assert list(disk.iterdir()) == []


@pytest.mark.parametrize("kind", ["loop", "plain"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_nothing_half_made(tmp_path, kind, number):
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, tmp_path / "x", kind], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"half\n"
    assert len(list(tmp_path.iterdir())) == 1
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (128 + number, b"")
    assert list(tmp_path.iterdir()) == []
