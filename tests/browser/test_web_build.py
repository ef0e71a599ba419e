"""How the pages come into being: locked packages, a build on machines with Node and without."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest

import hatch_build
from hatch_build import NODE_WHEEL, PAGES, SKIP, STAMP, WebPages, fingerprint, install_step, is_fresh
from tests.support.tree import ROOT, own_files

WEB = ROOT / "web"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The pages' sources, and pages that were built from them."""
    for path in own_files():
        name = path.relative_to(ROOT)
        if name.parts[0] == "web" or name.parts[:2] in {("foyer_display", "src"), ("dashboard", "src")}:
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, tmp_path / name)
    for page in PAGES:
        (tmp_path / page).mkdir(parents=True)
        (tmp_path / page / STAMP).write_text(fingerprint(tmp_path), encoding="ascii")
    return tmp_path


def hook(root: Path) -> WebPages:
    return WebPages(str(root), {}, None, None, str(root), "wheel", None)  # type: ignore[arg-type]


@pytest.fixture
def no_node(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nothing-here"))


@pytest.fixture(autouse=True)
def _not_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SKIP, raising=False)


def test_the_lock_file_names_no_host_and_every_hash() -> None:
    text = (WEB / "package-lock.json").read_text(encoding="utf-8")
    lock = json.loads(text)
    assert "http" not in text
    assert "resolved" not in text
    assert "funding" not in text
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert len(packages) > 50
    assert [name for name, entry in packages.items() if not entry["integrity"].startswith("sha512-")] == []
    assert [name for name in packages if "rolldown/binding" in name][:3]


def test_every_package_is_pinned_exactly() -> None:
    package = json.loads((WEB / "package.json").read_text(encoding="utf-8"))
    wanted = package["dependencies"] | package["devDependencies"]
    assert [name for name, version in wanted.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_what_was_built_from_these_sources_is_not_built_again(tree: Path, no_node: None) -> None:
    assert is_fresh(tree)
    assert hook(tree).dependencies() == []
    hook(tree).initialize("standard", {})


@pytest.mark.parametrize(
    "name",
    [
        "web/package-lock.json",
        "web/.npmrc",
        "web/src/shared/live.ts",
        "foyer_display/src/texts/nb.json",
        "dashboard/src/App.svelte",
    ],
)
def test_a_changed_source_makes_it_stale(tree: Path, name: str, no_node: None) -> None:
    with (tree / name).open("a", encoding="utf-8") as file:
        file.write(" ")
    assert not is_fresh(tree)
    assert hook(tree).dependencies() == [NODE_WHEEL]


def test_a_renamed_or_a_missing_file_makes_it_stale(tree: Path) -> None:
    before = fingerprint(tree)
    source = tree / "dashboard" / "src" / "Mark.svelte"
    source.rename(source.with_name("Marks.svelte"))
    assert fingerprint(tree) != before
    shutil.rmtree(tree / PAGES[1])
    source.with_name("Marks.svelte").rename(source)
    assert fingerprint(tree) == before
    assert not is_fresh(tree)


def test_installed_packages_are_no_source(tree: Path) -> None:
    (tree / "web" / "node_modules" / "x").mkdir(parents=True)
    (tree / "web" / "node_modules" / "x" / "index.js").write_text("x", encoding="utf-8")
    assert is_fresh(tree)


def test_a_machine_with_node_brings_none(tree: Path) -> None:
    assert hatch_build.node_of_machine(), "these tests need the machine's Node"
    shutil.rmtree(tree / PAGES[0])
    assert hook(tree).dependencies() == []


def test_an_old_node_is_none(tree: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    for name, told in (("node", "v18.20.4"), ("npm", "10")):
        (folder / name).write_text(f"#!/bin/sh\necho {told}\n", encoding="utf-8")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/bin")
    assert hatch_build.node_of_machine() is None
    shutil.rmtree(tree / PAGES[0])
    assert hook(tree).dependencies() == [NODE_WHEEL]


def test_without_any_node_the_reason_is_a_sentence(tree: Path, no_node: None) -> None:
    shutil.rmtree(tree / PAGES[0])
    with pytest.raises(RuntimeError, match=r"no Node 20\.19 or newer"):
        hook(tree).initialize("standard", {})


def test_the_pages_can_be_left_as_they_are(tree: Path, monkeypatch: pytest.MonkeyPatch, no_node: None) -> None:
    shutil.rmtree(tree / PAGES[0])
    monkeypatch.setenv(SKIP, "1")
    assert hook(tree).dependencies() == []
    hook(tree).initialize("standard", {})
    assert not (tree / PAGES[0]).exists()


def test_a_developers_packages_are_kept_whole(tree: Path) -> None:
    web = tree / "web"
    assert install_step(web)[:2] == ["ci", "--omit=dev"]
    installed = web / "node_modules" / ".package-lock.json"
    installed.parent.mkdir()
    installed.touch()
    later = (web / "package-lock.json").stat().st_mtime + 60
    os.utime(installed, (later, later))
    assert install_step(web) == []
    os.utime(web / "package-lock.json", (later + 60, later + 60))
    assert install_step(web)[0] == "ci"
    assert "--omit=dev" not in install_step(web)


@pytest.mark.parametrize("page", PAGES)
def test_what_was_bundled_comes_with_its_licences(page: str) -> None:
    notices = "".join(
        (ROOT / page / name).read_text(encoding="utf-8") for name in ("third-party.md", "third-party-font.md")
    )
    assert "svelte" in notices
    assert "MIT" in notices
    assert "SIL Open Font License" in notices


@pytest.mark.parametrize("page", PAGES)
def test_the_page_holds_no_inline_script_or_style(page: str) -> None:
    html = (ROOT / page / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)", html) == []
    assert "<style" not in html
    assert "style=" not in html
    assert "http" not in html
