"""What a figure was measured on, and keeping client and server on cores of their own."""

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("apsw", "asyncua", "numpy", "pymodbus", "uvloop")


def facts() -> dict[str, str]:
    """Return what of this machine bears on the figures; nothing that changes from run to run."""
    cpuinfo = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = re.search(r"^model name\s*:\s*(.+)$", cpuinfo, re.MULTILINE)
    return {
        "cpu": " ".join(model[1].split()) if model else platform.machine(),
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "libraries": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
    }


def pin(place: int, pid: int = 0) -> None:
    """Keep a process (0: this one) on the first or second of the cores that it may use, where there are two."""
    cores = sorted(os.sched_getaffinity(pid))
    if len(cores) > 1:
        os.sched_setaffinity(pid, {cores[place % len(cores)]})
