"""The foyer page in a real browser, served by the real process, fed by a file as the service writes it."""

import re
import shutil
import signal
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import page_of, pages_folder, violations
from tests.support.foyer import FoyerProcess, Writer, foyer, now_ms, summer
from tests.support.foyer import scene as snapshots_scene

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
PATIENCE = 60_000  # ms; every wait ends as soon as what it waits for is there


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    with Writer(tmp_path / "energy.json").writing() as writing:
        yield writing


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "foyer.log"


@pytest.fixture
def running(writer: Writer, log: Path) -> Iterator[FoyerProcess]:
    with foyer(writer.path, log) as process:
        yield process


@pytest.fixture
def page(browser: Browser, running: FoyerProcess) -> Iterator[Page]:
    with page_of(browser) as opened:
        opened.goto(running.url)
        becomes(opened, "live")
        yield opened


def becomes(page: Page, mode: str) -> None:
    """Wait until the page is in a mode."""
    expect(page.locator(".stage")).to_have_attribute("data-mode", mode, timeout=PATIENCE)


def shows(page: Page, test_id: str, text: str) -> None:
    """Wait until a figure is shown."""
    expect(page.get_by_test_id(test_id)).to_have_text(text, timeout=PATIENCE)


def test_it_shows_power_in_and_out_and_what_each_source_gives(page: Page) -> None:
    shows(page, "total-in", "298")
    shows(page, "total-out", "298")
    shows(page, "share", "89%")
    pv = page.locator("[data-source=pv]")
    expect(pv).to_contain_text("Sol – strøm")
    expect(pv).to_contain_text("58 kW")
    expect(pv).to_contain_text("312 kWh i dag")
    wells = page.locator("[data-source=wells]")  # they are charged, and say so
    expect(wells).to_contain_text("Spares i fjellet")
    expect(wells).to_contain_text("110 kW")
    expect(page.locator(".resting")).to_contain_text("Snøsmelting")
    expect(page.locator("[data-pool=main]")).to_contain_text("28,1 °C")
    expect(page.locator(".pill")).to_contain_text("Direkte")
    expect(page.get_by_test_id("age")).to_have_text(re.compile(r"^[0-3] s siden$"))


def test_the_picture_is_as_the_hall_is(page: Page, writer: Writer) -> None:
    scene = page.get_by_test_id("scene")
    expect(scene.locator("[data-part=sun]")).to_have_count(1)
    expect(scene.locator("[data-part=wells]")).to_have_attribute("data-rock", "charging")
    expect(scene.locator("[data-part=floor-therapy]")).to_have_attribute("data-raised", "true")
    expect(scene.locator("[data-part=floor-main]")).to_have_attribute("data-raised", "false")
    moving = "new Set([...document.querySelectorAll('.dot')].map(e => e.dataset.stream.split('-')[0]))"
    assert set(page.evaluate(f"[...{moving}]")) >= {"ray", "pv", "grid", "charge", "down", "drain", "air"}
    night = snapshots_scene(now_ms(), cloud=None, snow_mm=90.0, outdoor_c=-8.0, precipitation_mm_h=0.5, open=False)
    night["sun"] = night["sun"] | {"altitude": -30.0}
    night["pools"] = [pool | {"raised": True} for pool in night["pools"]]
    kw = {"pv": 0.0, "solar_heat": 0.0, "rock": 0.0, "wells": 64.0}
    flows = [flow | ({"kw": kw[flow["id"]]} if flow["id"] in kw else {}) for flow in summer()["flows"]]
    writer.changes = {"scene": night, "flows": flows}
    expect(scene.locator("[data-part=sun]")).to_have_count(0, timeout=PATIENCE)
    expect(scene.locator("[data-part=wells]")).to_have_attribute("data-rock", "giving")
    expect(scene.locator("[data-part=floor-main]")).to_have_attribute("data-raised", "true")
    assert scene.locator("[data-part=snow]").count() > 50
    assert "up" in page.evaluate(f"[...{moving}]")
    assert "down" not in page.evaluate(f"[...{moving}]")


def test_nothing_moves_in_old_figures(page: Page, writer: Writer) -> None:
    assert page.locator(".dot").count() > 30
    writer.changes = {"data_t_ms": now_ms() - 60_000}
    becomes(page, "stale")
    expect(page.locator(".dot")).to_have_count(0, timeout=PATIENCE)


def test_a_service_that_tells_no_scene_has_a_picture_all_the_same(page: Page, writer: Writer) -> None:
    writer.changes = {"scene": None}
    expect(page.locator("[data-part=floor-main]")).to_have_count(0, timeout=PATIENCE)
    expect(page.locator("[data-source=pv]")).to_contain_text("58 kW")


def test_both_bars_are_as_long_as_each_other_and_as_their_parts(page: Page) -> None:
    page.wait_for_timeout(800)  # the bars grow into place
    widths = page.evaluate("[...document.querySelectorAll('[data-bar]')].map(e => e.getBoundingClientRect().width)")
    assert widths[0] == pytest.approx(widths[1], abs=0.5)
    parts = page.evaluate("[...document.querySelectorAll('[data-bar=in] i')].map(e => e.getBoundingClientRect().width)")
    given = [f["kw"] for f in summer()["flows"] if f["direction"] == "in" and f["kw"]]
    scale = sum(parts) / sum(given)
    assert parts == pytest.approx([kw * scale for kw in given], abs=1.5)


def test_figures_follow_the_snapshot(page: Page, writer: Writer) -> None:
    writer.changes = {"in_kw": 170.2, "out_kw": 170.2, "renewable_share": 0.581}
    shows(page, "total-in", "170")
    shows(page, "share", "58%")


def test_a_frozen_server_makes_it_stale_and_it_heals(page: Page, running: FoyerProcess) -> None:
    running.signal(signal.SIGSTOP)
    becomes(page, "stale")
    expect(page.locator("#headline")).to_contain_text("Slik var det kl.")
    expect(page.locator(".pill")).to_contain_text("Gamle tall")
    shows(page, "total-in", "298")
    running.signal(signal.SIGCONT)
    becomes(page, "live")
    expect(page.locator("#headline")).to_contain_text("Akkurat nå")


def test_a_killed_server_makes_it_stale_and_a_new_one_heals_it(
    page: Page, running: FoyerProcess, writer: Writer, log: Path
) -> None:
    page.evaluate("window.same = true")
    port = running.port
    running.end()
    becomes(page, "stale")
    page.wait_for_timeout(3_000)
    with foyer(writer.path, log, port=port):
        becomes(page, "live")
        assert page.evaluate("window.same")  # healed without being loaded anew


def test_a_new_page_is_loaded_once(browser: Browser, writer: Writer, log: Path, tmp_path: Path) -> None:
    pages = tmp_path / "_web"
    shutil.copytree(pages_folder("foyer_display"), pages)
    with page_of(browser) as page:
        with foyer(writer.path, log, pages=pages) as old:
            page.goto(old.url)
            becomes(page, "live")
            page.evaluate("window.same = true")
            port = old.port
        index = pages / "index.html"
        index.write_text(index.read_text(encoding="utf-8").replace("<body>", "<body data-new>"), encoding="utf-8")
        with foyer(writer.path, log, port=port, pages=pages):
            page.wait_for_selector("body[data-new]", timeout=PATIENCE)
            becomes(page, "live")
            assert page.evaluate("window.same") is None
            page.evaluate("window.same = true")
        becomes(page, "stale")
        with foyer(writer.path, log, port=port, pages=pages):
            becomes(page, "live")
            assert page.evaluate("window.same")


def test_old_figures_are_told_as_such_though_the_stream_lives(page: Page, writer: Writer) -> None:
    writer.changes = {"data_t_ms": now_ms() - 5 * 60_000}
    becomes(page, "stale")
    shows(page, "total-in", "298")
    writer.changes = {"data_t_ms": now_ms() - 16 * 60_000}
    becomes(page, "lost")
    expect(page.locator("main")).to_contain_text("Vi har ikke kontakt med målerne")
    expect(page.locator("main")).to_contain_text("Dusjvann")
    assert "kW" not in page.inner_text("main")
    writer.changes = {}
    becomes(page, "live")


def test_a_missing_meter_is_a_dash_and_never_a_zero(page: Page, writer: Writer) -> None:
    writer.missing = frozenset({"solar_heat", "fans"})
    solar = page.locator("[data-source=solar_heat]")
    expect(solar).to_contain_text("– kW", timeout=PATIENCE)
    expect(solar).to_contain_text("måleren svarer ikke")
    expect(page.locator(".uses .part")).to_contain_text("av det vi måler")
    expect(page.locator("[data-flow=fans]")).to_contain_text("måleren svarer ikke")
    expect(page.locator("[data-flow=unmeasured]")).to_contain_text("Ikke målt")
    expect(page.locator(".balance .note")).to_contain_text("90 % av målerne svarer nå")
    shows(page, "share", "–")
    writer.changes = {"renewable_share": 0.8}
    expect(page.locator(".headline")).to_contain_text("av det vi måler", timeout=PATIENCE)


def test_no_snapshot_is_an_honest_waiting_that_ends_by_itself(browser: Browser, tmp_path: Path, log: Path) -> None:
    path = tmp_path / "later.json"
    with foyer(path, log) as process, page_of(browser) as page:
        page.goto(process.url)
        expect(page.locator("main")).to_contain_text("Vi venter på de første tallene")
        assert "kW" not in page.inner_text("body")
        with Writer(path).writing():
            becomes(page, "live")
            shows(page, "total-in", "298")


def test_a_broken_snapshot_does_not_break_the_page(page: Page, writer: Writer) -> None:
    writer.running.clear()
    page.wait_for_timeout(600)
    writer.path.write_bytes(b'{"schema": 1, "flows": [')
    becomes(page, "stale")
    shows(page, "total-in", "298")
    writer.running.set()
    becomes(page, "live")


@pytest.mark.parametrize("wrong", ["2001-01-01", "2099-12-31"])
def test_a_screen_with_a_wrong_clock_shows_the_right_time_and_age(
    browser: Browser, running: FoyerProcess, writer: Writer, wrong: str
) -> None:
    with page_of(browser, timezone_id="Asia/Tokyo") as page:
        page.add_init_script(
            f"const shift = Date.parse('{wrong}') - Date.now(), now = Date.now; Date.now = () => now() + shift"
        )
        page.goto(running.url)
        becomes(page, "live")
        assert page.locator(".clock").inner_text() in {
            oslo_clock(now_ms() - 60_000),
            oslo_clock(now_ms()),
            oslo_clock(now_ms() + 60_000),
        }
        writer.changes = {"data_t_ms": now_ms() - 60_000}
        becomes(page, "stale")


def oslo_clock(ms: int) -> str:
    """Clock time in the hall."""
    return datetime.fromtimestamp(ms / 1000, ZoneInfo("Europe/Oslo")).strftime("%H:%M")


def test_it_asks_nobody_but_its_own_server_and_keeps_nothing(page: Page, running: FoyerProcess) -> None:
    names = page.evaluate("performance.getEntriesByType('resource').map(e => e.name)")
    assert names
    assert all(name.startswith(running.url) for name in names)
    assert page.context.cookies() == []


def test_nothing_moves_for_those_who_ask_for_that(browser: Browser, running: FoyerProcess) -> None:
    with page_of(browser, reduced_motion="reduce") as page:
        page.goto(running.url)
        becomes(page, "live")
        moving = "[...document.querySelectorAll('body *')].filter(e => getComputedStyle(e).transitionDuration !== '0s')"
        assert page.evaluate(f"{moving}.length") == 0


@pytest.mark.parametrize("state", ["live", "stale", "lost", "nulls"])
def test_it_is_accessible(page: Page, writer: Writer, state: str) -> None:
    ages = {"live": 1_000, "stale": 120_000, "lost": 20 * 60_000, "nulls": 1_000}
    writer.changes = {"data_t_ms": now_ms() - ages[state]} if state in {"stale", "lost"} else {}
    writer.missing = frozenset({"pv", "pools"}) if state == "nulls" else frozenset()
    becomes(page, "live" if state == "nulls" else state)
    assert violations(page) == []
