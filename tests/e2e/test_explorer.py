"""Traces found with a query, in real Chromium."""

import re
from collections.abc import Callable

import pytest
from openai import NotFoundError
from playwright.sync_api import Page, expect
from tests.e2e.browser import MODEL, furnish, sign_in
from tests.e2e.conftest import FREE_PORTS
from tests.e2e.installation import Installation, eventually

pytestmark = pytest.mark.browser


@pytest.fixture
def page(visit: Callable[[Installation], Page], install: Callable[..., Installation], fake: str) -> Page:
    """Give the list of traces with two calls of Anna's in it."""
    shop = install("--bare", *FREE_PORTS).start()
    furnish(shop, fake)
    for question in ("Where is my refund?", "Is it in stock?"):
        eventually(lambda question=question: _asked(shop, question), "the provider to be in force")
    eventually(lambda: len(shop.get("/traces", filter="user = anna and ok")["items"]) == 2, "both calls")
    opened = visit(shop)
    sign_in(opened)
    opened.get_by_role("link", name="Traces", exact=True).click()
    return opened


def _asked(shop: Installation, question: str) -> object:
    """Ask as Anna with the unmodified SDK; return None while the gateway does not know the provider yet."""
    try:
        return shop.openai().chat.completions.create(
            model=f"openai/{MODEL}",
            messages=[{"role": "user", "content": question}],
            extra_headers={"x-trimtab-user": "anna"},
        )
    except NotFoundError:
        return None


def test_query_completes_runs_and_stays_in_the_address(page: Page) -> None:
    traces = page.get_by_role("table", name="Traces").or_(page.get_by_role("grid", name="Traces"))
    query = page.get_by_role("searchbox", name="Query")
    query.click()
    query.press_sequentially("us")
    expect(page.get_by_role("option", name=re.compile("^user"))).to_be_visible()
    query.press("Tab")
    query.press_sequentially("= ")
    expect(page.get_by_role("option", name=re.compile("anna"))).to_be_visible()
    query.press("Tab")
    query.press_sequentially('and "refund"')
    query.press("Enter")
    expect(page).to_have_url(re.compile(r"filter=user\+%3D\+%22anna%22\+and\+%22refund%22"))
    expect(traces.get_by_text("Where is my refund?").first).to_be_visible()
    expect(traces.get_by_text("Is it in stock?")).to_have_count(0)


def test_what_cannot_be_read_is_said_and_plain_words_are_searched_for(page: Page) -> None:
    query = page.get_by_role("searchbox", name="Query")
    query.fill("statos = error")
    query.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Did you mean status?")
    query.fill("stock")
    query.press("Enter")
    expect(query).to_have_text('"stock"')
    expect(page.get_by_role("alert")).to_have_count(0)


def test_facet_writes_into_the_query(page: Page) -> None:
    page.get_by_role("button", name="Filter by status").click()
    page.get_by_role("button", name=re.compile("^ok")).click()
    expect(page.get_by_role("searchbox", name="Query")).to_have_text("status = ok")
    page.get_by_role("button", name="Remove filter: Status").click()
    expect(page).not_to_have_url(re.compile("filter="))
