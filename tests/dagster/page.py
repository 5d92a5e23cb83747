"""Dagster's web page in a browser without a screen."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from playwright.sync_api import Page, expect, sync_playwright

PATIENCE_MS = 90_000
TRIES = 5
WINDOW = {"width": 1400, "height": 900}
OPTIONS = ["--no-sandbox", "--disable-gpu"]
GRAPH = "/locations/karat/asset-groups/flow"
ASSET = "/assets/book_events"
CHECK = "/assets/book_events?view=checks&checkDetail={}"
PICTURE = "img[src^='data:image/png']"


@contextmanager
def browser() -> Iterator[Page]:
    """Return an empty page of Chromium; skips where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("no chromium here: apt-get install chromium")
    with sync_playwright() as player, TemporaryDirectory() as folder:
        context = player.chromium.launch_persistent_context(
            folder,
            executable_path=program,
            headless=True,
            args=OPTIONS,
            viewport=WINDOW,  # type: ignore[arg-type] # a TypedDict of theirs
        )
        page = context.pages[0]
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        try:
            yield page
        finally:
            context.close()


def graph(page: Page, url: str) -> None:
    """Open the graph of assets, and wait until every box is filled in."""
    page.goto(url + GRAPH)
    page.get_by_text("training_dataset").first.wait_for()
    expect(page.get_by_text("Loading...")).to_have_count(0)


def asset(page: Page, url: str) -> None:
    """Open the page of the rebuilt events."""
    page.goto(url + ASSET)
    page.get_by_role("tab", name="Checks").first.wait_for()


def checks(page: Page) -> None:
    """Go from an asset to its checks: a click on a page that is still being made may be lost."""
    tab, there = page.get_by_role("tab", name="Checks").first, re.compile("view=checks")
    for _ in range(TRIES):
        tab.click()
        with suppress(AssertionError):
            expect(page).to_have_url(there, timeout=PATIENCE_MS / TRIES)
            return
    expect(page).to_have_url(there)


def check(page: Page, url: str, name: str) -> None:
    """Open a check of the rebuilt events."""
    page.goto(url + CHECK.format(name))
    page.get_by_text("Latest execution").wait_for()


def by_partition(page: Page) -> None:
    """Go from a check to its partitions."""
    page.get_by_role("tab", name="Partitions").last.click()
    page.get_by_text("Passed").last.wait_for()


def picture(page: Page) -> int:
    """Open the picture of a failed check; return how many pixels wide it is."""
    row = page.locator("tr", has=page.get_by_text("picture", exact=True))
    row.get_by_text("[Show Markdown]").last.click()
    shown = page.locator(PICTURE).first
    shown.wait_for()
    return int(shown.evaluate("image => image.naturalWidth"))


def shot(page: Page, folder: Path, name: str) -> Path:
    """Keep what is seen as a picture."""
    file = folder / f"{name}.png"
    page.screenshot(path=file)
    return file
