"""Who may import whom; and that importing anything does nothing else."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tree import PACKAGES, ROOT, module_name, product_modules

CORE = {"sdanlegg"}
ALLOWED = {
    "sdanlegg": set[str](),
    "drivers": CORE,
    "simulators": CORE,
    "api": CORE,
    "foyer_display": CORE,
    "dashboard": set[str](),
}
COMPOSITION_ROOT = re.compile(r"sdanlegg\.(cli|run)(_\w+)?(\..+)?$|sdanlegg\.__main__$")
FOYER_SEES = {"sdanlegg", "sdanlegg.clock", "sdanlegg.errors"}
NEVER = {"tests", "benchmarks"}


def imported(source: str, module: str, is_package: bool) -> set[str]:
    """Dotted names that a module imports, relative ones made absolute, names of `from` imports included."""
    home = module.split(".") if is_package else module.split(".")[:-1]
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            start = home[: len(home) - node.level + 1] if node.level else []
            origin = ".".join([*start, *([node.module] if node.module else [])])
            found |= {origin} | {f"{origin}.{alias.name}" for alias in node.names}
    return found


def wrong_arrows(source: str, module: str, *, is_package: bool = False) -> list[str]:
    """Imports that point the wrong way, as sentences."""
    package = module.split(".", maxsplit=1)[0]
    names = imported(source, module, is_package)
    wrong = [f"{module} imports {name}" for name in names if name.split(".")[0] in NEVER]
    if not COMPOSITION_ROOT.match(module):
        sisters = set(PACKAGES) - ALLOWED[package] - {package}
        wrong += [f"{module} imports {name}" for name in names if name.split(".")[0] in sisters]
        wrong += [f"{module} imports {name}, the composition root" for name in names if COMPOSITION_ROOT.match(name)]
    if package == "foyer_display":
        seen = {".".join(name.split(".")[:2]) for name in names if name.split(".")[0] == "sdanlegg"}
        wrong += [f"{module} imports {name}: the foyer sees only clock and errors" for name in seen - FOYER_SEES]
    return sorted(wrong)


def test_every_import_follows_the_arrows() -> None:
    modules = product_modules()
    assert len(modules) > 15
    wrong = [
        line
        for path in modules
        for line in wrong_arrows(
            path.read_text(encoding="utf-8"), module_name(path), is_package=path.name == "__init__.py"
        )
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("sdanlegg.live", "import drivers"),
        ("sdanlegg.live", "from sdanlegg import cli"),
        ("sdanlegg.live", "from sdanlegg.run import start"),
        ("simulators.modbus", "from drivers.codec import decode"),
        ("drivers.modbus", "def late():\n    import simulators"),
        ("api.app", "from foyer_display import app"),
        ("sdanlegg.cli", "from tests.support import tree"),
        ("foyer_display.app", "from sdanlegg.live import Live"),
        ("foyer_display.app", "from sdanlegg import live"),
        ("drivers.modbus", "from ..api import app"),
    ],
)
def test_a_planted_wrong_import_is_seen(module: str, source: str) -> None:
    assert wrong_arrows(source, module)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("sdanlegg.cli", "import drivers, simulators, api, foyer_display"),
        ("sdanlegg.run_demo", "from simulators.plant import step"),
        ("drivers.modbus", "from sdanlegg.points import Point\nfrom .codec import decode"),
        ("foyer_display.app", "from sdanlegg.clock import Clock\nfrom sdanlegg import errors"),
    ],
)
def test_a_right_import_is_left_alone(module: str, source: str) -> None:
    assert wrong_arrows(source, module) == []


WATCH = """
import importlib, os, sys, threading
import urllib3  # others' own: it tries at once whether this machine has IPv6
root, writing, told = sys.argv[1], os.O_WRONLY | os.O_RDWR | os.O_CREAT, []
ACTS = ("socket.bind", "socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.posix_spawn", "os.mkdir",
        "os.rename", "os.remove", "sqlite3.connect")
now = ""
def watch(event, args):
    if event == "open" and isinstance(args[0], str):
        path = os.path.abspath(args[0])
        code = path.endswith((".py", ".pyc"))
        if args[2] & writing or (path.startswith(root + os.sep) and "/.venv/" not in path and not code):
            told.append(f"{now} opens {path}")
    elif event in ACTS:
        told.append(f"{now} does {event} {args!r}")
def start(thread):
    told.append(f"{now} starts a thread")
threading.Thread.start = start
sys.path.insert(0, root)
sys.addaudithook(watch)
for now in sys.argv[2:]:
    importlib.import_module(now)
now = "the end"
print("\\n".join(told))
"""


def told_by_importing(root: Path, modules: list[str]) -> str:
    """What importing the modules in a new process does besides; empty if nothing."""
    done = subprocess.run(
        [sys.executable, "-B", "-W", "error", "-c", WATCH, str(root), *modules],
        cwd=root,
        check=False,
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_opens_no_socket_and_writes_no_file() -> None:
    names = [module_name(path) for path in product_modules() if path.name != "__main__.py"]  # those are there to act
    assert told_by_importing(ROOT, names) == ""


@pytest.mark.parametrize(
    "body",
    [
        "import socket\nsocket.socket().bind(('127.0.0.1', 0))",
        "open('left.txt', 'w').close()",
        "open('settings.toml')",
        "import threading\nthreading.Thread(target=int).start()",
    ],
)
def test_a_module_that_acts_at_import_is_seen(tmp_path: Path, body: str) -> None:
    (tmp_path / "settings.toml").write_text("")
    (tmp_path / "acts.py").write_text(body)
    assert "acts " in told_by_importing(tmp_path, ["acts"])
