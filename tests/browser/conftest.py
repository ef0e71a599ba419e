"""What the browser tests share: the pages as their sources are now, and one browser a module."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

import hatch_build
from tests.support.browser import chromium
from tests.support.tree import ROOT


@pytest.fixture(scope="session", autouse=True)
def _pages_as_their_sources() -> None:
    """Never test a page that was built from other sources than these."""
    hatch_build.refresh(ROOT)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running
