"""An admin hides what may not be kept, and lets somebody be forgotten, in real Chromium."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.browser import go, sign_in
from tests.e2e.conftest import FREE_PORTS
from tests.e2e.installation import Installation

pytestmark = pytest.mark.browser


def test_redaction_is_tried_and_saved_and_a_deletion_ends_in_a_proof(
    install: Callable[..., Installation], visit: Callable[[Installation], Page]
) -> None:
    page = visit(install("--bare", *FREE_PORTS).start())
    sign_in(page)
    go(page, "Data & privacy")
    page.get_by_role("checkbox", name=re.compile("E-mail addresses")).check()
    page.get_by_role("button", name="Redact", exact=True).click()
    expect(page.get_by_label("What would be stored")).to_contain_text("Write to [email]")
    page.get_by_role("button", name="Add a pattern").click()
    page.get_by_label("Name of pattern 1").fill("order")
    page.get_by_label("Expression of pattern 1").fill("(?=x)")
    page.get_by_role("button", name="Save redaction").click()
    expect(page.get_by_role("alert")).to_contain_text("invalid perl operator")
    page.get_by_label("Expression of pattern 1").fill("ORD-[0-9]+")
    page.get_by_role("button", name="Save redaction").click()
    expect(page.get_by_text("in force", exact=True)).to_be_visible()

    page.get_by_role("tab", name="Deletion").click()
    page.get_by_role("button", name=re.compile("Delete somebody")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Id").fill("visitor-7")
    dialog.get_by_role("button", name="Show what would go").click()
    expect(dialog).to_contain_text("Nothing is stored of this subject")
    dialog.get_by_role("button", name="Delete for good").click()
    row = page.get_by_role("table", name="Deletions").get_by_role("row", name=re.compile("user"))
    expect(row).to_contain_text("Complete", timeout=30_000)
    with page.expect_download() as download:
        row.get_by_role("link", name=re.compile("Download the proof")).click()
    assert download.value.suggested_filename.startswith("deletion-del_")
