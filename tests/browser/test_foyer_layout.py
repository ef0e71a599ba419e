"""The foyer page on the screens that it must fit: walls lying and standing, tablets, phones."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support import foyer as snapshots
from tests.support.browser import layout, overlaps, page_of, pages_folder, violations
from tests.support.foyer import FoyerProcess, Writer, foyer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
WALLS = [(1920, 1080), (3840, 2160), (1080, 1920), (2160, 3840), (1280, 720), (1366, 768)]
HANDS = [(390, 844), (844, 390), (820, 1180), (1180, 820), (320, 568)]


@pytest.fixture(scope="module", params=["summer", "everything"])
def running(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[FoyerProcess]:
    """A foyer on a summer's day, or on a day when every flow flows."""
    folder = tmp_path_factory.mktemp("foyer")
    writer = Writer(folder / "energy.json")
    if request.param == "everything":
        flows = snapshots.summer()["flows"]
        writer.changes = {"flows": [flow | {"kw": flow["kw"] or 7.7} for flow in flows]}
    with writer.writing(), foyer(folder / "energy.json", folder / "foyer.log") as process:
        yield process


def opened(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.locator(".stage")).to_have_attribute("data-mode", "live", timeout=60_000)
    page.evaluate("document.fonts.ready")


@pytest.mark.parametrize("size", WALLS, ids=lambda size: f"{size[0]}x{size[1]}")
def test_on_a_wall_everything_is_in_sight_and_large(
    browser: Browser, running: FoyerProcess, size: tuple[int, int]
) -> None:
    width, height = size
    scale = min(width / 1920, height / 1080) if width > height else min(width / 1080, height / 1920)
    with page_of(browser, viewport={"width": width, "height": height}) as page:
        opened(page, running.url)
        found = layout(page)
        assert len(found["leaves"]) > 60
        assert [leaf for leaf in found["leaves"] if leaf["size"] < 18 * scale - 0.01] == []
        outside = [
            leaf
            for leaf in found["leaves"]
            if leaf["left"] < 0 or leaf["top"] < 0 or leaf["right"] > width or leaf["bottom"] > height
        ]
        assert outside == []
        assert [leaf for leaf in found["leaves"] if leaf["cut"]] == []
        assert (
            overlaps(
                page,
                ".panel li, .resting, [data-value], [data-source], [data-pool], [data-today], "
                ".stage > header > *, .balance .row > *, .balance .note",
            )
            == []
        )


@pytest.mark.parametrize("size", HANDS, ids=lambda size: f"{size[0]}x{size[1]}")
def test_in_a_hand_it_scrolls_down_only(browser: Browser, running: FoyerProcess, size: tuple[int, int]) -> None:
    width, height = size
    with page_of(browser, viewport={"width": width, "height": height}) as page:
        opened(page, running.url)
        page.evaluate("document.querySelector('.stage').style.translate = '4px 4px'")  # as it stands at some minutes
        found = layout(page)
        assert found["scroll"] <= width
        assert [leaf for leaf in found["leaves"] if leaf["right"] > width + 4 or leaf["cut"]] == []
        assert [leaf for leaf in found["leaves"] if leaf["size"] < 15] == []
        assert overlaps(page, ".panel li, .resting, [data-value], .balance .row") == []
        assert violations(page) == []


def test_it_weighs_less_than_200_kilobytes() -> None:
    folder: Path = pages_folder("foyer_display")
    files = [path for path in folder.rglob("*") if path.suffix in {".html", ".js", ".css", ".woff2", ".svg"}]
    assert len(files) >= 5
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) < 200_000
