"""The page of a trace and the live list, in real Chromium."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, expect
from tests.e2e.browser import sign_in
from tests.e2e.conftest import FREE_PORTS
from tests.e2e.installation import Installation, eventually
from tests.traces.payload import chat, child, request, span

pytestmark = pytest.mark.browser

_SAID = '[{"role":"user","parts":[{"type":"text","content":"Where is my parcel?"}]}]'
_ANSWERED = '[{"role":"assistant","parts":[{"type":"text","content":"It is lost."}],"finish_reason":"stop"}]'


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Give one installation for all tests of this file."""
    installation = Installation(tmp_path_factory.mktemp("shop"), "--bare", *FREE_PORTS).start()
    yield installation
    installation.end()


@pytest.fixture
def page(visit: Callable[[Installation], Page], shop: Installation) -> Page:
    """Give a browser in which the admin has signed in."""
    opened = visit(shop)
    sign_in(opened)
    return opened


def _send(shop: Installation, *spans: dict[str, Any]) -> None:
    address = f"{shop.handover.server_url}/v1/traces"
    headers = {"authorization": f"Bearer {shop.handover.command_key}"}
    answer = httpx2.post(address, json=request(*spans), headers=headers, timeout=30)
    assert (answer.status_code, answer.text) == (200, "{}")


def _agent(shop: Installation, steps: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Send an agent with so many steps, the last of which fails; return its root and the failure."""
    root = span("support agent", {"gen_ai.operation.name": "invoke_agent"})
    at_ns = int(root["startTimeUnixNano"])
    spans = [root]
    for number in range(steps):
        step = child(
            root, f"step {number}", {"gen_ai.operation.name": "execute_tool"}, at_ns=at_ns + number * 1_000_000
        )
        spans += [step, child(step, f"find {number}", chat(**{"gen_ai.response.id": f"{root['spanId']}-{number}"}))]
    said = chat(**{"gen_ai.input.messages": _SAID, "gen_ai.output.messages": _ANSWERED})
    failure = child(step, "send mail", {"gen_ai.operation.name": "execute_tool"}, status={"code": 2, "message": "full"})
    _send(shop, *spans, child(root, "answer", said, at_ns=at_ns + 1_500_000_000), failure)
    return root, failure


def _traces(shop: Installation) -> str:
    return f"/projects/{shop.get('')['slug']}/traces"


def _open(page: Page, shop: Installation, trace_id: str) -> None:
    page.goto(f"{_traces(shop)}/{trace_id}")
    expect(page.get_by_role("tree", name="Spans")).to_be_visible()


def test_large_trace_is_searched_jumped_in_and_walked_by_keyboard(page: Page, shop: Installation) -> None:
    root, failure = _agent(shop, steps=1_000)
    _open(page, shop, root["traceId"])
    tree = page.get_by_role("tree", name="Spans")
    # Only what is in view is drawn, and what the agent said is that of its last model call.
    expect(tree.get_by_role("treeitem", name=re.compile("^support agent"))).to_be_visible()
    assert tree.get_by_role("treeitem").count() < 200
    expect(page.get_by_text("It is lost.").first).to_be_visible()
    page.get_by_role("button", name="First error").click()
    expect(tree.get_by_role("treeitem", name=re.compile("^send mail, failed"))).to_have_attribute(
        "aria-selected", "true"
    )
    expect(page).to_have_url(re.compile(f"span={failure['spanId']}"))
    page.get_by_label("Search in this trace").fill("find 777")
    expect(page.get_by_role("status").filter(has_text=re.compile("^1$"))).to_be_visible()
    page.get_by_role("button", name="Next match").click()
    expect(tree.get_by_role("treeitem", name=re.compile("^find 777"))).to_have_attribute("aria-selected", "true")
    tree.focus()
    tree.press("ArrowLeft")
    step = tree.get_by_role("treeitem", name=re.compile("^step 777"))
    expect(step).to_have_attribute("aria-selected", "true")
    tree.press("ArrowLeft")
    expect(step).to_have_attribute("aria-expanded", "false")
    page.reload()
    expect(tree.get_by_role("treeitem", name=re.compile("^step 777"))).to_have_attribute("aria-selected", "true")


def test_what_people_say_is_kept_and_found(page: Page, shop: Installation) -> None:
    root, _ = _agent(shop, steps=1)
    _open(page, shop, root["traceId"])
    page.get_by_role("button", name="Tag", exact=True).click()
    page.get_by_label("Tag", exact=True).fill("needs-review")
    page.get_by_role("button", name="Put it on").click()
    expect(page.get_by_role("group", name="Tags")).to_contain_text("needs-review")
    page.get_by_role("tab", name=re.compile("^Remarks")).click()
    page.get_by_label("New comment").fill("Lost again, @Grace")
    page.get_by_role("button", name="Comment", exact=True).click()
    comments = page.get_by_role("region", name="Comments")
    expect(comments.get_by_text("Lost again")).to_be_visible()
    page.get_by_role("button", name="Write what it should have said").click()
    page.get_by_label("What it should have said").fill("It comes on Friday.")
    page.get_by_role("button", name="Save the correction").click()
    expect(page.get_by_role("region", name="Correction")).to_contain_text("It comes on Friday.")

    def is_found() -> bool:
        found = shop.get("/traces", filter="tag = needs-review")["items"]
        return [(row["trace_id"], row["comment_count"], row["is_corrected"]) for row in found] == [
            (root["traceId"], 1, True)
        ]

    eventually(is_found, "the trace, with all that was said of it")
    comments.get_by_role("button", name="Delete this comment").click()
    expect(comments.get_by_text("Lost again")).to_have_count(0)


def test_new_call_appears_without_loading_and_as_the_query_says(page: Page, shop: Installation) -> None:
    page.goto(f"{_traces(shop)}?filter=user+%3D+linus")
    expect(page.get_by_role("button", name="Live")).to_be_visible()
    mine = span(found=chat(**{"user.id": "linus", "gen_ai.input.messages": _SAID}))
    _send(
        shop, span(found=chat(**{"user.id": "ken", "gen_ai.input.messages": _SAID.replace("parcel", "bicycle")})), mine
    )
    table = page.get_by_role("table", name="Traces")
    expect(table.get_by_text("Where is my parcel?").first).to_be_visible(timeout=20_000)
    expect(table.get_by_text("Where is my bicycle?")).to_have_count(0)
