"""The locks: every package with its hashes, no download address, and in step with pyproject.toml."""

import json
import re
import tomllib

import pytest
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.version import Version

from tests.support.tree import ROOT, own_files

LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-node.lock")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}$")


def entries(text: str) -> list[tuple[Requirement, list[str]]]:
    """Requirements of a lock file, each with its options."""
    logical = text.replace("\\\n", " ").splitlines()
    found = []
    for line in logical:
        stripped = line.split("#", 1)[0].strip()
        if stripped:
            requirement, *options = re.split(r"\s+(?=--)", stripped)
            found.append((Requirement(requirement), options))
    return found


def faults(text: str) -> list[str]:
    """What a Python lock may not hold, as sentences."""
    found = [
        f"names an address: {line}" for line in text.splitlines() if re.search(r"://|--(extra-)?index|\s@\s", line)
    ]
    if found:
        return found
    for requirement, options in entries(text):
        pins = [spec.operator for spec in requirement.specifier]
        if pins != ["=="]:
            found.append(f"{requirement.name} is not pinned")
        if not options or not all(HASH.match(option) for option in options):
            found.append(f"{requirement.name} has no hash, or an option that is none")
    return found


def pins(name: str) -> dict[str, list[Requirement]]:
    """Pinned requirements of a lock by normal name; several where markers divide them."""
    found: dict[str, list[Requirement]] = {}
    for requirement, _ in entries((ROOT / name).read_text(encoding="utf-8")):
        found.setdefault(normal(requirement.name), []).append(requirement)
    return found


def normal(name: str) -> str:
    """Name of a package as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def version(requirement: Requirement) -> Version:
    """The version that a pin names."""
    return Version(next(iter(requirement.specifier)).version)


@pytest.mark.parametrize("name", LOCKS)
def test_every_entry_is_pinned_with_hashes_and_without_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert entries(text)
    assert faults(text) == []


def test_planted_faults_are_seen() -> None:
    digest = "--hash=sha256:" + "0" * 64
    assert faults(f"numpy==2.4.6 \\\n    {digest}\n") == []
    assert faults("numpy==2.4.6\n")
    assert faults(f"numpy>=2.4.6 \\\n    {digest}\n")
    assert faults(f"numpy @ https://example.org/n.whl \\\n    {digest}\n")
    assert faults(f"--index-url https://example.org\nnumpy==2.4.6 \\\n    {digest}\n")


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_every_direct_dependency_is_locked_within_its_bounds(lock: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"]]
    if lock == "requirements-dev.lock":
        wanted += project["dependency-groups"]["dev"]
    locked = pins(lock)
    for requirement in map(Requirement, wanted):
        found = locked.get(normal(requirement.name), [])
        assert found, f"{requirement.name} is not in {lock}: make lock"
        assert all(version(pin) in requirement.specifier for pin in found), f"{requirement} against {lock}: make lock"


def test_the_two_locks_agree() -> None:
    service, work = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: list(map(str, found)) for name, found in service.items()} == {
        name: list(map(str, work[name])) for name in service
    }


def test_markers_are_sound() -> None:
    for lock in LOCKS:
        for found in pins(lock).values():
            chosen = [pin for pin in found if pin.marker is None or Marker(str(pin.marker)).evaluate()]
            assert len(chosen) <= 1, f"{lock}: two versions of {found[0].name} apply here"


def page_locks() -> list[str]:
    """Every lock file of the page packages."""
    return [path.relative_to(ROOT).as_posix() for path in own_files() if path.name == "package-lock.json"]


def test_page_locks_name_no_address_and_every_package_has_its_hash() -> None:
    assert "web/package-lock.json" in page_locks()
    for name in page_locks():
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "http" not in text, f"{name} names an address"
        packages = json.loads(text)["packages"]
        outside = {path: entry for path, entry in packages.items() if path and not entry.get("link")}
        assert outside
        assert all("resolved" not in entry for entry in outside.values()), f"{name} has resolved addresses"
        bare = [path for path, entry in outside.items() if "node_modules/" in path and "integrity" not in entry]
        assert not bare, f"{name}: no hash for {bare}"
