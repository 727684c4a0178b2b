"""A person at the console, in real Chromium: sign in, release a version, call it with the SDK, find the trace and cost.

Everything is found by role and name, as a person or a screen reader finds it.
"""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from openai import NotFoundError
from playwright.sync_api import Page, expect
from tests.e2e.browser import MODEL, furnish, open_prompt, sign_in
from tests.e2e.conftest import FREE_PORTS
from tests.e2e.installation import EMAIL, Installation, eventually

pytestmark = pytest.mark.browser


@pytest.fixture
def shop(install: Callable[..., Installation], fake: str) -> Installation:
    """Give an installation with a priced model, answered by the fake provider, and a prompt that is not released."""
    installation = install("--bare", *FREE_PORTS).start()
    furnish(installation, fake)
    return installation


@pytest.fixture
def page(visit: Callable[[Installation], Page], shop: Installation) -> Page:
    """Give the shop's console to somebody who has not signed in."""
    return visit(shop)


def test_a_wrong_password_is_said_and_nothing_else_is_shown(page: Page) -> None:
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("link", name="Traces", exact=True)).to_have_count(0)


@pytest.mark.model
def test_a_first_visit_finds_a_living_project(visit: Callable[[Installation], Page], with_model: Installation) -> None:
    eventually(lambda: len(with_model.get("/traces", sample="true")["items"]) == 7, "the samples", within_s=120)
    page = visit(with_model)
    sign_in(page)
    page.get_by_role("link", name="Overview", exact=True).click()
    expect(page.get_by_role("row", name="support/answer").first).to_be_visible()
    page.get_by_role("link", name="Traces", exact=True).click()
    traces = page.get_by_role("table", name="Traces").or_(page.get_by_role("grid", name="Traces"))
    expect(traces.get_by_text("sample", exact=True).first).to_be_visible()
    expect(traces.get_by_text("missing_variable").first).to_be_visible()
    open_prompt(page, "support/answer")
    page.get_by_role("tab", name="Compare").click()
    expect(page.get_by_text("friendly").first).to_be_visible()
    page.get_by_role("tab", name="Releases").click()
    expect(page.get_by_text(re.compile("so that it stops making things up"))).to_be_visible()


def test_from_a_new_version_to_the_cost_of_its_first_call(page: Page, shop: Installation) -> None:
    sign_in(page)
    save_a_second_version(page)
    release_it(page)

    raw = eventually(lambda: call_with_sdk(shop), "the release to be in force", within_s=5)
    trace_id = raw.headers["x-trimtab-trace-id"]
    assert raw.parse().choices[0].message.content == "This is a fake answer."

    find_its_trace(page, trace_id)
    detail = shop.get(f"/traces/{trace_id}")
    assert detail["trace"]["prompt"]["version"] == 2
    assert said_by_the_system(detail) == "Answer in one friendly sentence."
    see_its_cost(page, detail)


def save_a_second_version(page: Page) -> None:
    open_prompt(page, "shop/answer")
    editor = page.get_by_role("textbox", name="Message 1 template")
    editor.fill("Answer in one friendly sentence.")
    page.get_by_role("button", name="Save version").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Message").fill("Be friendly")
    dialog.get_by_role("button", name="Save version").click()
    expect(page.get_by_text("Saved version 2")).to_be_visible()


def release_it(page: Page) -> None:
    page.get_by_role("button", name="Release…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Environment").click()
    page.get_by_role("option", name=re.compile("production")).click()
    model = dialog.get_by_role("combobox", name="Model")
    model.fill(f"openai/{MODEL}")
    expect(model).to_have_value(f"openai/{MODEL}")
    dialog.get_by_label("Note").fill("Friendlier")
    dialog.get_by_role("button", name="Release", exact=True).click()
    expect(page.get_by_text("Version 2 is live in production")).to_be_visible()


def call_with_sdk(shop: Installation) -> Any:
    """Call the prompt with the unmodified SDK, or return None while the gateway does not know it yet."""
    try:
        return shop.openai().chat.completions.with_raw_response.create(
            model="prompt:shop/answer",
            messages=[],
            metadata={"question": "Do you wrap gifts?"},
            extra_headers={"x-trimtab-feature": "checkout", "x-trimtab-user": "ada"},
        )
    except NotFoundError:
        return None


def find_its_trace(page: Page, trace_id: str) -> None:
    """Open the trace from the list, where it must stand within two seconds of being looked for."""
    page.get_by_role("link", name="Traces", exact=True).click()
    table = page.get_by_role("table", name="Traces").or_(page.get_by_role("grid", name="Traces"))
    expect(table.get_by_text("checkout").first).to_be_visible()
    # Calls from before the release was in force were refused, and stand in the list as well.
    table.locator(f'a[href*="{trace_id}"]').first.click()
    expect(page).to_have_url(re.compile(trace_id))
    expect(page.get_by_text("Do you wrap gifts?").first).to_be_visible()
    expect(page.get_by_text("This is a fake answer.").first).to_be_visible()


def see_its_cost(page: Page, detail: dict[str, Any]) -> None:
    """See the exact price, which the API says in digits and the page in dollars."""
    (row,) = detail["ledger"]
    cost = Decimal(row["cost_usd"])
    assert cost > 0
    assert cost == sum(Decimal(line["cost_usd"]) for line in row["price_lines"])
    page.get_by_role("tab", name=re.compile("Cost")).click()
    prices = page.get_by_role("table", name=re.compile("^Price of"))
    expect(prices.get_by_role("row", name=re.compile("Sum"))).to_contain_text(row["cost_usd"])


def said_by_the_system(detail: dict[str, Any]) -> str:
    """Return the system message that the model was sent."""
    messages = next(span["input_messages"] for span in detail["spans"] if span["input_messages"])
    return str(next(message["content"] for message in messages if message["role"] == "system"))
