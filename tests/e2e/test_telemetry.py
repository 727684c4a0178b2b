"""A person connects an application, sees what came and what did not, and changes what is let in, in real Chromium."""

import re
from collections.abc import Callable

import httpx2
import pytest
from playwright.sync_api import Page, expect
from tests.e2e.browser import go, sign_in
from tests.e2e.conftest import FREE_PORTS
from tests.e2e.installation import Installation
from tests.traces.payload import chat, child, request, span

pytestmark = pytest.mark.browser


@pytest.fixture
def shop(install: Callable[..., Installation]) -> Installation:
    """Give an installation to which an application has sent a call, what surrounds it, and a span that is broken."""
    started = install("--bare", *FREE_PORTS).start()
    root = span("POST /ask", {"http.route": "/ask"})
    sent = [root, child(root, "SELECT"), child(root, "chat", chat()), span("GET /health"), span("bad", traceId="")]
    answer = httpx2.post(
        f"{started.handover.server_url}/v1/traces",
        json=request(*sent, scope="my.instrumentation", **{"service.name": "shop"}),
        headers={"authorization": f"Bearer {started.handover.api_key}"},
        timeout=30,
    )
    assert answer.json()["partialSuccess"]["rejectedSpans"] == "1"
    return started


def test_what_came_is_shown_what_was_refused_can_be_read_and_the_policy_is_tried_before_it_holds(
    shop: Installation, visit: Callable[[Installation], Page]
) -> None:
    page = visit(shop)
    sign_in(page)
    go(page, "Telemetry")
    senders = page.get_by_role("table", name="Who sends")
    expect(senders.get_by_role("row", name=re.compile("my.instrumentation.*gen_ai"))).to_be_visible()
    reasons = page.get_by_role("table", name="Reasons")
    expect(reasons.get_by_role("row", name=re.compile("Put aside.*nothing to do with a model call.*2"))).to_be_visible()

    page.get_by_role("tab", name="Connect").click()
    expect(page.get_by_text(f"OTEL_EXPORTER_OTLP_ENDPOINT={shop.handover.server_url}")).to_be_visible()

    page.get_by_role("tab", name=re.compile("Refused")).click()
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_role("dialog")).to_contain_text("trace id '' is not 16 bytes")
    page.get_by_role("dialog").get_by_role("button", name="Close").first.click()
    page.get_by_role("button", name="Try all again").click()
    expect(page.get_by_text("0 taken, 1 refused again, and kept.")).to_be_visible()

    page.get_by_role("tab", name="Policy").click()
    page.get_by_role("radio", name="Drop them").check()
    expect(page.get_by_text("Over the last hour this would have dropped 2 of 4 spans.")).to_be_visible()
    page.get_by_role("radio", name="Keep everything").check()
    page.get_by_role("button", name="Add a rule").click()
    rule = page.get_by_role("listitem", name="Rule 1").get_by_role("searchbox")
    rule.fill('name = "GET /health"')
    rule.press("Enter")
    expect(page.get_by_text("Over the last hour this would have dropped 1 of 4 spans.")).to_be_visible()
    page.get_by_role("button", name="Put in force").click()
    expect(page.get_by_text("The policy is in force")).to_be_visible()
    expect(page.get_by_text("Changed by Admin")).to_be_visible()
    found = shop.get("/ingest/policy")["policy"]
    rules = [{"query": 'name = "GET /health"', "fate": "drop"}]
    assert found == {"unrelated": "keep", "aside_percent": 100, "deduplicates": True, "rules": rules}
