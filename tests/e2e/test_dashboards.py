"""Dashboards looked at, made and changed in real Chromium."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, expect
from tests.e2e.browser import sign_in
from tests.e2e.conftest import FREE_PORTS
from tests.e2e.installation import Installation, eventually

pytestmark = pytest.mark.browser

SLOW_MS = 20_000
"""How long numbers may take on a machine with other work."""
MODELS = ("gpt-4o-mini", "gpt-4o", "house-7b")
PANEL: dict[str, Any] = {"title": "Calls", "chart": "table", "measures": ["calls"], "by": ["model"], "width": 12}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Give an installation with a day of calls of three models, of which one has no price."""
    installation = Installation(tmp_path_factory.mktemp("dashboards"), "--bare", *FREE_PORTS).start()
    spans = [_span(hour, model) for hour in range(1, 13) for model in MODELS]
    body = {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}
    headers = {"authorization": f"Bearer {installation.handover.api_key}"}
    answer = httpx2.post(f"{installation.handover.server_url}/v1/traces", json=body, headers=headers, timeout=20)
    assert answer.status_code == 200, answer.text
    eventually(lambda: _calls(installation) == len(spans) or None, "the calls in the numbers")
    yield installation
    installation.end()


def _calls(installation: Installation) -> int:
    answer = installation.post("/dashboards/query", {"panel": {**PANEL, "by": []}})
    return int(answer["totals"]["calls"])


def _span(hour: int, model: str) -> dict[str, Any]:
    start = int((datetime.now(UTC) - timedelta(hours=hour)).timestamp() * 1e9)
    index = MODELS.index(model)
    found: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "acme" if model == "house-7b" else "openai",
        "gen_ai.request.model": model,
        "gen_ai.response.id": f"{model}-{hour}",
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 100,
        "trimtab.feature": "chat" if hour % 2 else "search",
        "user.id": f"user-{hour % 3}",
    }
    return {
        "traceId": f"{hour:031x}{index}",
        "spanId": f"{hour:015x}{index + 1}",
        "name": f"chat {model}",
        "kind": 3,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + (index + 1) * 700_000_000),
        "attributes": [
            {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
            for key, value in found.items()
        ],
    }


@pytest.fixture
def page(visit: Callable[[Installation], Page], shop: Installation) -> Page:
    """Give a signed-in person's list of dashboards."""
    opened = visit(shop)
    sign_in(opened)
    opened.get_by_role("link", name="Dashboards", exact=True).click()
    expect(opened.get_by_role("heading", name="Ready-made")).to_be_visible(timeout=SLOW_MS)
    return opened


def _over_a_day(page: Page, title: str) -> None:
    """Open a ready-made dashboard over the last 24 hours."""
    page.goto(f"{page.url.split('?')[0]}?range=24h")
    page.get_by_role("link", name=re.compile(f"^{title}")).click()
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible(timeout=SLOW_MS)


def test_ready_made_dashboard_leads_from_a_number_to_its_calls_and_says_why(page: Page) -> None:
    _over_a_day(page, "Models")
    table = page.get_by_role("table", name="Models", exact=True)
    expect(table.get_by_role("link", name="acme/house-7b")).to_be_visible(timeout=SLOW_MS)
    expect(table.get_by_text("unpriced").first).to_be_visible(timeout=SLOW_MS)
    region = page.get_by_role("region", name="Models", exact=True)
    region.get_by_role("button", name="Why this number: 12 unpriced").click()
    expect(page.get_by_text("12 calls have no price")).to_be_visible(timeout=SLOW_MS)
    page.keyboard.press("Escape")
    table.get_by_role("link", name="openai/gpt-4o-mini").click()
    expect(page).to_have_url(
        re.compile(r"/traces\?filter=model\+%3D\+%22openai%2Fgpt-4o-mini%22&range=24h"), timeout=SLOW_MS
    )
    expect(page.get_by_role("table", name="Traces").or_(page.get_by_role("grid", name="Traces"))).to_be_visible(
        timeout=SLOW_MS
    )


def test_dragging_over_a_chart_makes_that_part_the_range_of_all(page: Page) -> None:
    _over_a_day(page, "Models")
    chart = page.get_by_role("img", name=re.compile("^Calls by model over time"))
    box = chart.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 60, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"from=\d{4}.*&to=\d{4}"), timeout=SLOW_MS)


def test_new_price_is_marked_on_every_chart_over_time_and_leads_to_the_prices(page: Page, shop: Installation) -> None:
    since = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=6)
    rates = {"input_uncached": {"usd_per_million": "1"}}
    shop.post("/costs/prices", {"model": "house-8b", "valid_from": since.isoformat(), "rates": rates})
    page.goto(f"{page.url.split('?')[0]}?range=24h")
    for section in ("Overview", "Traces"):
        page.get_by_role("link", name=section, exact=True).click()
        expect(page.get_by_role("heading", name=section, level=1)).to_be_visible(timeout=SLOW_MS)
        expect(page.get_by_role("button", name="price of house-8b").first).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("link", name="Dashboards", exact=True).click()
    expect(page.get_by_role("heading", name="Ready-made")).to_be_visible(timeout=SLOW_MS)
    _over_a_day(page, "Latency")
    for panel in ("Duration of calls", "Duration"):
        expect(
            page.get_by_role("region", name=panel, exact=True).get_by_role("button", name="price of house-8b")
        ).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("button", name="price of house-8b").first.click()
    expect(page.get_by_role("heading", name="Costs", level=1)).to_be_visible(timeout=SLOW_MS)


def test_cell_of_the_heat_map_is_opened_with_the_keyboard(page: Page) -> None:
    _over_a_day(page, "Latency")
    heat = page.get_by_role("application", name=re.compile("^Duration of calls"))
    heat.focus()
    heat.press("ArrowLeft")
    expect(page.get_by_text(re.compile(r" to .*: \d+ of \d+$"))).to_be_visible(timeout=SLOW_MS)
    heat.press("Enter")
    expect(page).to_have_url(re.compile(r"/traces\?filter=duration\+%3E%3D"), timeout=SLOW_MS)


def test_own_dashboard_is_made_of_a_ready_made_one_edited_saved_and_deleted(page: Page, shop: Installation) -> None:
    _over_a_day(page, "Features")
    page.get_by_role("button", name="More about this dashboard").click()
    page.get_by_role("menuitem", name="Duplicate to edit").click()
    page.get_by_label("Title").fill("Ours")
    page.get_by_role("button", name="Duplicate", exact=True).click()
    page.get_by_role("button", name="Add panel").click()
    dialog = page.get_by_role("dialog", name="Add panel")
    dialog.get_by_label("Title").fill("Users of search")
    dialog.get_by_role("button", name="Table").click()
    query = dialog.get_by_role("searchbox", name="Query")
    query.fill("feature = search")
    query.press("Enter")
    dialog.get_by_role("combobox", name=re.compile("^Cut by")).fill("user")
    expect(dialog.get_by_role("table", name="Users of search")).to_be_visible(timeout=SLOW_MS)
    dialog.get_by_role("button", name="Add panel").click()
    page.get_by_role("button", name="Move Users of search back").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Ours is saved")).to_be_visible(timeout=SLOW_MS)
    kept = shop.get("/dashboards/ours")["dashboard"]["panels"]
    assert kept[-2] == {**kept[-2], "title": "Users of search", "where": "feature = search", "by": ["user"]}
    page.get_by_role("button", name="More about this dashboard").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("button", name="Delete dashboard").click()
    expect(page.get_by_text("None yet.")).to_be_visible(timeout=SLOW_MS)
    assert [each["name"] for each in shop.get("/dashboards")["items"] if not each["is_builtin"]] == []


def test_what_somebody_else_saved_is_not_overwritten_unasked(page: Page, shop: Installation) -> None:
    address = f"{shop.project}/dashboards/shared"
    mine = {"name": "shared", "title": "Shared", "panels": [PANEL]}
    assert shop.api.put(address, json={"dashboard": mine}).is_success
    page.reload()
    page.get_by_role("link", name=re.compile("^Shared")).click()
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_label("Title", exact=True).fill("Mine")
    assert shop.api.put(address, json={"dashboard": {**mine, "title": "Theirs"}}).is_success
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Somebody has saved this dashboard since you opened it.")).to_be_visible(timeout=SLOW_MS)
    page.get_by_role("button", name="Take theirs").click()
    expect(page.get_by_role("heading", name="Theirs", level=1)).to_be_visible(timeout=SLOW_MS)
    assert shop.get("/dashboards/shared")["dashboard"]["title"] == "Theirs"
    assert shop.api.delete(address).is_success


def test_yaml_is_read_applied_and_refused_in_words(page: Page, shop: Installation) -> None:
    address = f"{shop.project}/dashboards/filed"
    assert shop.api.put(address, json={"dashboard": {"name": "filed", "title": "Filed", "panels": [PANEL]}}).is_success
    page.reload()
    page.get_by_role("link", name=re.compile("^Filed")).click()
    page.get_by_role("button", name="More about this dashboard").click()
    page.get_by_role("menuitem", name="View and paste YAML").click()
    text = page.get_by_role("textbox", name="YAML")
    expect(text).to_have_value(re.compile("measures:\n *- calls\n"), timeout=SLOW_MS)
    text.fill("name: filed\ntitle: From a file\npanels:\n- {title: T, chart: pie, measures: [calls]}")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("alert")).to_contain_text("panels[0].chart: expected line, area", timeout=SLOW_MS)
    text.fill("name: filed\ntitle: From a file\npanels:\n- {title: T, chart: stat, measures: [calls]}")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", name="From a file", level=1)).to_be_visible(timeout=SLOW_MS)
    assert shop.api.delete(address).is_success
