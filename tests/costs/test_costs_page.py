"""A person at the page Costs, in real Chromium: a call without a price is given one, and the past is corrected."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from tests.conftest import PASSWORD, Running
from tests.costs.conftest import Past
from tests.serving import serving

pytestmark = pytest.mark.browser

_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
_BUILT_CONSOLE = Path(__file__).parents[2] / "src" / "trimtab" / "server" / "console" / "index.html"


@pytest.fixture
def browser() -> Iterator[Browser]:
    """Give Debian's Chromium."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert chromium is not None, "the browser tests need Chromium on the PATH: apt-get install chromium"
    assert _BUILT_CONSOLE.is_file(), "the browser tests need the built console: make console"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        yield opened
        opened.close()


def test_a_call_without_a_price_is_given_one_and_the_past_is_corrected(
    running: Running, past: Past, browser: Browser
) -> None:
    past.client.post(f"{past.path}/providers", json={"name": "openai", "kind": "openai", "secret": "sk-not-a-real-key"})
    past.call(past.attempt())
    past.call(past.attempt("gpt-4o"))
    with serving(running.app) as url:
        page = browser.new_page()
        page.goto(f"{url}/sign-in")
        page.get_by_label("Email").fill(running.ours.owner_email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda address: "sign-in" not in address)

        page.goto(f"{url}/projects/past/costs?range=7d&tab=unpriced")
        page.get_by_role("button", name="Set a price for house-llm").click()
        dialog = page.get_by_role("dialog", name="Set a price")
        dialog.get_by_label("Rate: Input, not cached").fill("1")
        dialog.get_by_label("Rate: Output", exact=True).fill("4")
        dialog.get_by_role("button", name="Set price").click()
        expect(dialog).to_be_hidden()

        page.get_by_role("button", name="Compare").click()
        expect(page.get_by_text("Would change 1 of 2 attempts, from $0.0075 to $0.0105")).to_be_visible()
        page.get_by_role("button", name="Correct 1 attempt").click()
        expect(page.get_by_text("Every call has a price")).to_be_visible()
        page.close()
    assert past.overview()["cost_usd"] == "0.0105"
