"""What a person does at the console, by role and name, as a person or a screen reader finds it."""

import re
import shutil
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Locator, Page, Playwright, expect
from tests.e2e.installation import EMAIL, PASSWORD, Installation

CHROMIUM_ARGUMENTS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
BUILT_CONSOLE: Final = Path(__file__).parents[2] / "src" / "trimtab" / "server" / "console" / "index.html"
MODEL: Final = "gpt-4o-mini"
PROMPT: Final = "shop/answer"


def launch(playwright: Playwright) -> Browser:
    """Start Debian's Chromium."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert chromium is not None, "the browser tests need Chromium on the PATH: apt-get install chromium"
    assert BUILT_CONSOLE.is_file(), "the browser tests need the built console: make console"
    return playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)


def furnish(installation: Installation, fake: str) -> dict[str, Any]:
    """Add a priced model that the fake provider answers, and a prompt that is not released; return the prompt."""
    provider = {"name": "openai", "kind": "openai", "base_url": fake, "secret": "sk-not-a-real-key", "models": [MODEL]}
    installation.post("/providers", provider)
    version = version_saying("Answer in one sentence.", "First try")
    prompt = {"name": PROMPT, "kind": "chat", "description": "Answers customers", "version": version}
    return dict(installation.post("/prompts", prompt))


def version_saying(system: str, message: str) -> dict[str, Any]:
    """Return a version of the prompt with this system message."""
    variable = {"name": "question", "type": "string", "required": True, "default": None, "description": "What is asked"}
    messages = [{"role": "system", "template": system}, {"role": "user", "template": "{{ question }}"}]
    return {"messages": messages, "variables": [variable], "message": message}


def sign_in(page: Page, email: str = EMAIL, password: str = PASSWORD) -> None:
    """Fill in the form, and wait for the first page."""
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Traces", exact=True)).to_be_visible()


def go(page: Page, section: str) -> None:
    """Follow a link of the navigation."""
    page.get_by_role("link", name=section, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def open_prompt(page: Page, name: str) -> None:
    """Open a prompt from the list, by its whole name."""
    go(page, "Prompts")
    page.get_by_role("table", name="Prompts").get_by_role("link", name=name, exact=True).click()


def choose(place: Page | Locator, field: str, option: str) -> None:
    """Choose from a list; `option` is how what is wanted begins."""
    box = place.get_by_role("combobox", name=field, exact=True)
    box.click()
    page = place if isinstance(place, Page) else place.page
    page.get_by_role("option", name=re.compile(f"^{re.escape(option)}")).first.click()
    expect(box).to_contain_text(option)
