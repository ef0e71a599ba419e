"""Debian's Chromium for tests of the pages, and what every page must stand."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.tree import ROOT

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NO_SERVER = ("net::ERR_", "status of 503")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser while the body runs."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def page_of(browser: Browser, **options: Any) -> Iterator[Page]:
    """A page in a browser of its own; whatever it complains of fails the test, but for a server that is not there."""
    context = browser.new_context(**({"viewport": {"width": 1920, "height": 1080}} | options))
    complaints: list[str] = []
    page = context.new_page()
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield page
    finally:
        context.close()
    assert [text for text in complaints if not any(known in text for known in NO_SERVER)] == []


def violations(page: Page) -> list[str]:
    """What axe finds wrong with the page as it stands, as sentences."""
    assert AXE.is_file(), f"{AXE} is missing: run npm ci in web/"
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    assert len(found["passes"]) > 10
    return [f"{v['id']}: {v['help']}: {node['html'][:120]}" for v in found["violations"] for node in v["nodes"]]


LAYOUT = """() => {
  const faults = []
  const leaf = e => e.children.length === 0 && e.textContent.trim() !== '' && e.closest('svg') === null
  for (const e of document.querySelectorAll('body *')) {
    if (!leaf(e) || e.closest('.visually-hidden') || !e.checkVisibility()) continue
    const r = e.getBoundingClientRect(), size = parseFloat(getComputedStyle(e).fontSize)
    faults.push({text: e.textContent.trim().slice(0, 40), size,
      left: r.left, right: r.right, top: r.top, bottom: r.bottom, cut: e.scrollWidth > e.clientWidth + 1 &&
      getComputedStyle(e).display !== 'inline'})
  }
  return {leaves: faults, width: innerWidth, height: innerHeight, scroll: document.documentElement.scrollWidth}
}"""


def layout(page: Page) -> dict[str, Any]:
    """Place and letter size of every text on the page."""
    found: dict[str, Any] = page.evaluate(LAYOUT)
    return found


OVERLAPS = """selector => {
  const boxes = [...document.querySelectorAll(selector)].filter(e => e.checkVisibility())
    .map(e => [e.textContent.trim().slice(0, 30), e.getBoundingClientRect()])
  const found = []
  for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
    const [a, p] = boxes[i], [b, q] = boxes[j]
    const x = Math.min(p.right, q.right) - Math.max(p.left, q.left)
    const y = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top)
    if (x > 1 && y > 1) found.push(a + ' / ' + b)
  }
  return found
}"""


def overlaps(page: Page, selector: str) -> list[str]:
    """Pairs of elements that lie on each other."""
    found: list[str] = page.evaluate(OVERLAPS, selector)
    return found


def pages_folder(name: str) -> Path:
    """Folder of a built page; failing where it was never built."""
    folder = ROOT / name / "_web"
    assert (folder / "index.html").is_file(), f"{folder} is missing: run npm ci && npm run build in web/"
    return folder
