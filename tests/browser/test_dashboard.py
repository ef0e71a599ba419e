"""The dashboard's overview in a real browser, served by the operator API over a small hall."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from sdanlegg.clock import SECOND_NS
from sdanlegg.quality import BAD, COMM, RANGE, STALE, UNCERTAIN
from sdanlegg.status import DeviceStatus
from tests.support.api_hall import Hall, hall
from tests.support.api_thread import Served, served
from tests.support.browser import layout, page_of, pages_folder, violations

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
PATIENCE = 60_000  # ms; every wait ends as soon as what it waits for is there


@pytest.fixture
def place() -> Hall:
    """A heat pump that answers, and a collector that has not been tried yet."""
    made = hall(pages=pages_folder("dashboard"))
    made.read(45.25, 38.5, 1234.0)
    answer(made, "vp1")
    return made


def answer(made: Hall, device: str) -> None:
    """Let a device have answered just now."""
    now = made.clock.now_ns()
    made.statuses[device] = DeviceStatus(device, "up", now, last_good_ns=now)


@pytest.fixture
def api(place: Hall) -> Iterator[Served]:
    with served(place) as running:
        yield running


@pytest.fixture
def page(browser: Browser, api: Served) -> Iterator[Page]:
    with page_of(browser, viewport={"width": 1440, "height": 900}) as opened:
        opened.goto(api.url)
        linked(opened, "live")
        expect(row(opened, "vp1.supply_t")).to_be_visible(timeout=PATIENCE)
        yield opened


def row(page: Page, point: str) -> Locator:
    return page.locator(f"tr[data-point='{point}']")


def linked(page: Page, link: str) -> None:
    """Wait until the stream is in a state."""
    expect(page.get_by_test_id("link")).to_have_attribute("data-link", link, timeout=PATIENCE)


def test_every_point_stands_with_value_unit_quality_and_age(page: Page) -> None:
    supply = row(page, "vp1.supply_t")
    expect(supply.locator("th")).to_contain_text("supply_t på norsk")
    expect(supply.locator(".value")).to_have_text(re.compile(r"45,3\s*°C"))
    expect(supply.locator(".quality")).to_contain_text("God")
    expect(supply.locator(".age")).to_have_text(re.compile(r"^\d+ s$"))
    expect(row(page, "vp1.heat_kwh").locator(".value")).to_have_text(re.compile(r"1\s234\s*kWh"))
    expect(row(page, "sol1.out_t").locator(".value")).to_have_text(re.compile(r"–\s*°C"))
    expect(row(page, "sol1.out_t").locator(".age")).to_have_text("aldri lest")


def test_values_change_as_they_come(page: Page, api: Served) -> None:
    api.do(lambda: api.place.read(51.0))
    expect(row(page, "vp1.supply_t").locator(".value b")).to_have_text("51,0", timeout=PATIENCE)
    expect(row(page, "vp1.return_t").locator(".value b")).to_have_text("38,5")


def test_what_is_not_good_says_why_in_words_and_shape(page: Page, api: Served) -> None:
    qualities = [BAD | COMM | STALE, UNCERTAIN | RANGE, 0]
    api.do(lambda: api.place.read(float("nan"), 120.0, 1234.0, quality=qualities))
    bad, uncertain = row(page, "vp1.supply_t"), row(page, "vp1.return_t")
    expect(bad.locator(".quality")).to_contain_text("Dårlig: ingen kontakt, for gammel", timeout=PATIENCE)
    expect(bad.locator(".value b")).to_have_text("–")
    expect(bad.locator("svg text")).to_have_text("X")
    expect(uncertain.locator(".quality")).to_contain_text("Usikker: utenfor området")
    expect(uncertain.locator(".value b")).to_have_text("120,0")
    expect(uncertain.locator("svg text")).to_have_text("U")
    expect(row(page, "vp1.heat_kwh").locator("svg text")).to_have_count(0)


def test_a_device_that_is_down_stands_first_with_its_error(page: Page, api: Served) -> None:
    def fail() -> None:
        now = api.place.clock.now_ns()
        last = now - 90 * SECOND_NS
        api.place.statuses["sol1"] = DeviceStatus("sol1", "down", now, last_good_ns=last, error="Connection refused")

    api.do(fail)
    device = page.locator("[data-device]").first
    expect(device).to_have_attribute("data-device", "sol1", timeout=PATIENCE)
    expect(device).to_contain_text("Svarer ikke siden kl.", timeout=PATIENCE)
    expect(device).to_contain_text("Feil: Connection refused")
    expect(device).to_contain_text(re.compile(r"Siste gode verdi: (89 s|[12] min) siden"))
    expect(page.get_by_test_id("devices")).to_contain_text("1 av 2 svarer")


def test_points_are_found_by_name_device_and_deviation(page: Page) -> None:
    search = page.get_by_role("searchbox")
    search.fill("return")
    expect(page.locator("tr[data-point]")).to_have_count(1)
    expect(page.get_by_text("1 av 5 punkter vises")).to_be_visible()
    search.fill("finnes ikke")
    expect(page.get_by_text("Ingen punkter passer.")).to_be_visible()
    search.fill("")
    page.locator("[data-device=sol1]").click()
    expect(page.locator("tr[data-point]")).to_have_count(1)
    page.get_by_role("button", name="Vis alle enheter").click()
    expect(page.locator("tr[data-point]")).to_have_count(5)
    page.get_by_label("Bare avvik").check()
    expect(page.locator("tr[data-point]")).to_have_count(2)  # the text that was never read, and the collector's
    page.get_by_label("Bare avvik").uncheck()


def test_tfm_names_are_there_when_asked_for(page: Page) -> None:
    supply = row(page, "vp1.supply_t")
    expect(supply).not_to_contain_text("=320.001")
    page.get_by_label("Vis TFM og id").check()
    expect(supply).to_contain_text("=320.001-supply_t · vp1.supply_t")


def test_english_is_a_choice_that_is_remembered(page: Page) -> None:
    page.get_by_role("button", name="English").click()
    expect(row(page, "vp1.supply_t").locator("th")).to_contain_text("supply_t in English")
    expect(row(page, "vp1.supply_t").locator(".value b")).to_have_text("45.3")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.reload()
    expect(page.get_by_role("heading", name="Devices")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Norsk").click()
    expect(page.get_by_role("heading", name="Enheter")).to_be_visible()


def test_a_service_that_is_gone_is_told_and_healed(browser: Browser, place: Hall) -> None:
    with page_of(browser) as page:
        with served(place) as api:
            page.goto(api.url)
            linked(page, "live")
            expect(row(page, "vp1.supply_t")).to_be_visible(timeout=PATIENCE)
            page.evaluate("window.same = true")
        linked(page, "stale")
        expect(page.get_by_role("alert")).to_contain_text("har ikke kontakt med tjenesten")
        expect(row(page, "vp1.supply_t").locator(".value b")).to_have_text("45,3")
        place.read(47.0)
        with served(place, port=api.port):
            linked(page, "live")
            expect(page.get_by_role("alert")).to_have_count(0)
            expect(row(page, "vp1.supply_t").locator(".value b")).to_have_text("47,0", timeout=PATIENCE)
            assert page.evaluate("window.same")


def test_a_new_build_is_loaded(browser: Browser, place: Hall) -> None:
    with page_of(browser) as page:
        with served(place, build="b1") as api:
            page.goto(api.url)
            linked(page, "live")
            page.evaluate("document.documentElement.dataset.same = 1")
        linked(page, "stale")
        with served(place, port=api.port, build="b2"):
            expect(page.locator("html[data-same]")).to_have_count(0, timeout=PATIENCE)
            linked(page, "live")


@pytest.mark.parametrize("size", [(1440, 900), (820, 1180), (390, 844), (320, 568)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_it_fits_desks_tablets_and_phones_and_is_accessible(
    browser: Browser, api: Served, size: tuple[int, int]
) -> None:
    width, height = size
    qualities = [BAD | COMM, UNCERTAIN | RANGE, 0]
    api.do(lambda: api.place.read(float("nan"), 120.0, 1234.0, quality=qualities))
    with page_of(browser, viewport={"width": width, "height": height}) as page:
        page.goto(api.url)
        expect(row(page, "vp1.return_t")).to_contain_text("Usikker", timeout=PATIENCE)
        page.get_by_label("Vis TFM og id").check()
        found = layout(page)
        assert found["scroll"] <= width
        assert [leaf for leaf in found["leaves"] if leaf["right"] > width or leaf["cut"]] == []
        assert [leaf for leaf in found["leaves"] if leaf["size"] < 13] == []
        assert violations(page) == []
        if width < 1000:
            buttons = "[...document.querySelectorAll('button, summary, input[type=search]')]"
            small = f"{buttons}.filter(e => e.offsetHeight < 44).length"
            assert page.evaluate(small) == 0
