"""The daily work at the console, in real Chromium, on one installation that these tests share."""

import re
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from openai import AuthenticationError, NotFoundError
from playwright.sync_api import Page, Route, expect
from tests.e2e.browser import MODEL, PROMPT, choose, furnish, go, open_prompt, sign_in, version_saying
from tests.e2e.conftest import FREE_PORTS
from tests.e2e.installation import Installation, eventually

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory, fake: str) -> Iterator[Installation]:
    """Give an installation whose prompt has three versions, the first two of them released to production in turn."""
    installation = Installation(tmp_path_factory.mktemp("shop"), "--bare", *FREE_PORTS).start()
    prompt = furnish(installation, fake)
    for system, why in (("Answer in one friendly sentence.", "Be friendly"), ("Answer in rhymes.", "For the feast")):
        installation.post(f"/prompts/{prompt['id']}/versions", version_saying(system, why))
    release = {"prompt_id": prompt["id"], "environment": "production", "model": f"openai/{MODEL}"}
    for version in (1, 2):
        installation.post("/releases", {**release, "version": version, "note": f"Release {version}"})
    yield installation
    installation.end()


@pytest.fixture
def page(visit: Callable[[Installation], Page], shop: Installation) -> Page:
    """Give the shop's console to its admin."""
    opened = visit(shop)
    sign_in(opened)
    return opened


def call(shop: Installation, model: str = f"openai/{MODEL}", *, key: str = "") -> str | None:
    """Return the trace id of a call, or None while the gateway does not know the model."""
    try:
        raw = shop.openai(key=key).chat.completions.with_raw_response.create(
            model=model, messages=[{"role": "user", "content": "Hello"}], metadata={"question": "Do you wrap gifts?"}
        )
    except NotFoundError:
        return None
    return str(raw.headers["x-trimtab-trace-id"])


def is_let_in(shop: Installation, key: str) -> bool:
    """Say whether the gateway takes a key."""
    try:
        return call(shop, key=key) is not None
    except AuthenticationError:
        return False


def test_any_two_versions_are_compared_word_by_word(page: Page) -> None:
    open_prompt(page, "shop/answer")
    page.get_by_role("tab", name="Compare").click()
    choose(page, "From version", "v1")
    choose(page, "To version", "v2")
    expect(page.get_by_role("status").filter(has_text="lines from version 1 to version 2")).to_be_visible()
    changes = page.get_by_role("table", name="Changes of message 1")
    expect(changes.locator("mark")).to_have_text(["friendly "])
    page.get_by_role("button", name="Swap versions").click()
    expect(page).to_have_url(re.compile("from=2&to=1"))
    expect(page.get_by_role("region", name="Message 2").get_by_text("no change")).to_be_visible()


def test_a_roll_back_serves_the_earlier_version_and_keeps_the_reason(page: Page, shop: Installation) -> None:
    open_prompt(page, "shop/answer")
    page.get_by_role("tab", name="Releases").click()
    production = page.get_by_role("region", name="production")
    expect(production).to_contain_text("Version 2")
    production.get_by_role("button", name="Roll back").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("Too friendly for refunds")
    dialog.get_by_role("button", name="Roll back").click()
    expect(page.get_by_text("production is back on version 1")).to_be_visible()
    expect(production).to_contain_text("Version 1")
    expect(page.get_by_role("region", name="History").get_by_text("Too friendly for refunds")).to_be_visible()
    eventually(lambda: served_version(shop) == 1, "version 1 to serve", within_s=5)

    go(page, "Audit log")
    choose(page, "About", "release")
    page.get_by_role("button", name="Details of release.rollback").click()
    row = page.get_by_role("table", name="Changes").get_by_role("row", name=re.compile("version"))
    expect(row).to_have_text("version21")


def served_version(shop: Installation) -> int | None:
    """Return which version a call of the prompt gets."""
    trace_id = call(shop, f"prompt:{PROMPT}")
    assert trace_id is not None
    shown = eventually(lambda: found(shop, trace_id), "the trace")
    prompt: dict[str, Any] = shown["trace"]["prompt"]
    return int(prompt["version"])


def found(shop: Installation, trace_id: str) -> Any:
    """Return a trace, or None while it is on its way."""
    answer = shop.api.get(f"{shop.project}/traces/{trace_id}")
    return answer.json() if answer.status_code == 200 else None


def test_a_new_key_works_until_it_is_revoked(page: Page, shop: Installation) -> None:
    go(page, "API keys")
    page.get_by_role("button", name="New key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("christmas helper")
    dialog.get_by_role("button", name="Create key").click()
    secret = dialog.get_by_label("API key").input_value()
    assert secret.startswith("tt_")
    dialog.get_by_role("button", name="Done").click()
    eventually(lambda: is_let_in(shop, secret), "the key to work", within_s=2)
    expect(page.get_by_text(secret)).to_have_count(0)

    page.get_by_role("button", name="Revoke christmas helper").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke key").click()
    expect(page.get_by_text("Revoked christmas helper")).to_be_visible()
    eventually(lambda: not is_let_in(shop, secret), "the key to be refused", within_s=1)
    expect(page.get_by_role("row", name=re.compile("christmas helper")).get_by_text("revoked")).to_be_visible()


def test_a_form_that_was_faster_than_the_server_waits_for_it(page: Page, shop: Installation) -> None:
    go(page, "API keys")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/environments", hold)
    page.reload()
    page.get_by_role("button", name="New key").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("in a hurry")
    create = dialog.get_by_role("button", name="Create key")
    expect(create).to_be_disabled()
    for route in held:
        route.continue_()
    create.click()
    secret = dialog.get_by_label("API key").input_value()
    eventually(lambda: is_let_in(shop, secret), "the key to work", within_s=2)


def test_a_provider_is_added_checked_and_called_by_an_alias(page: Page, shop: Installation, fake: str) -> None:
    go(page, "Providers")
    add_provider(page, "backup", fake)
    backup = page.get_by_role("listitem", name="backup")
    backup.get_by_role("button", name="Check").click()
    backup.get_by_role("button", name=re.compile("^List its")).click()
    expect(backup.get_by_text("fake", exact=True)).to_be_visible()

    page.get_by_role("button", name="New alias").click()
    page.get_by_label("Alias", exact=True).fill("fast")
    page.get_by_role("combobox", name="Stands for").fill("backup/fake")
    page.get_by_role("button", name="Save alias").click()
    expect(page.get_by_text("fast stands for backup/fake")).to_be_visible()
    eventually(lambda: call(shop, "fast"), "the alias to work", within_s=2)


def test_a_provider_that_is_not_there_is_said_to_be_so_in_words(page: Page) -> None:
    go(page, "Providers")
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        add_provider(page, "nobody", f"http://127.0.0.1:{bound.getsockname()[1]}/v1")
        nobody = page.get_by_role("listitem", name="nobody")
        nobody.get_by_role("button", name="Check").click()
        expect(nobody.get_by_role("status")).to_contain_text("its host refused the connection")


def add_provider(page: Page, name: str, base_url: str) -> None:
    page.get_by_role("button", name="Add provider").first.click()
    dialog = page.get_by_role("dialog")
    choose(dialog, "Kind", "Other, OpenAI-compatible")
    dialog.get_by_label("Name").fill(name)
    dialog.get_by_label("Base URL").fill(base_url)
    dialog.get_by_role("button", name="Add provider").click()
    expect(dialog).to_have_count(0)


def test_a_description_is_changed_where_it_stands(page: Page) -> None:
    open_prompt(page, "shop/answer")
    page.get_by_role("button", name="Edit description").click()
    page.get_by_label("Description").fill("Answers customers of the shop")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Answers customers of the shop")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Answers customers of the shop")).to_be_visible()


def test_the_overview_looks_at_one_environment(page: Page, shop: Installation) -> None:
    eventually(lambda: call(shop), "a call")
    go(page, "Overview")
    expect(page.get_by_role("table", name="Numbers by prompt")).to_be_visible()
    choose(page, "Environment", "staging")
    expect(page).to_have_url(re.compile("environment=staging"))
    expect(page.get_by_text("No calls in staging in this range")).to_be_visible()
    page.get_by_role("button", name="Show all environments").click()
    expect(page.get_by_role("table", name="Numbers by prompt")).to_be_visible()


def test_the_audit_log_is_searched_as_a_whole(page: Page) -> None:
    go(page, "Audit log")
    page.get_by_label("Search the audit log").fill("connected 'openai'")
    entry = page.get_by_role("button", name="Details of provider.create")
    expect(entry).to_have_count(1)
    entry.click()
    page.get_by_role("dialog").get_by_role("button", name="All entries about this").click()
    expect(page).to_have_url(re.compile("subject=prv_"))
    page.get_by_label("Search the audit log").fill("no such words")
    expect(page.get_by_text("No entry fits")).to_be_visible()


def test_who_signs_out_is_out(page: Page) -> None:
    go(page, "API keys")
    address = page.url
    page.get_by_role("button", name=re.compile("^Account")).click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.goto(address)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert page.request.get("/api/v1/auth/session").status == 401


def test_a_viewer_is_told_why_a_control_is_off(visit: Callable[[Installation], Page], shop: Installation) -> None:
    person = {"email": "vi@shop.example", "name": "Vi", "role": "viewer"}
    answer = shop.api.post("/api/v1/members", json=person)
    assert answer.is_success, answer.text
    page = visit(shop)
    sign_in(page, person["email"], answer.json()["initial_password"])
    open_prompt(page, "shop/answer")
    release = page.get_by_role("button", name="Release…", exact=True)
    expect(release).to_be_disabled()
    release.focus()
    expect(page.get_by_role("tooltip")).to_contain_text("Your role (viewer) does not include the right to")
    release.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="Edit description")).to_be_disabled()
    go(page, "API keys")
    expect(page.get_by_text("API keys are for administrators")).to_be_visible()
    go(page, "Audit log")
    expect(page.get_by_text("The audit log is for administrators")).to_be_visible()


def test_the_dark_theme_is_dark_and_stays(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Account")).click()
    page.get_by_role("menuitemradio", name="Light").or_(page.get_by_role("menuitem", name="Light")).click()
    light = brightness(page)
    page.get_by_role("button", name=re.compile("^Account")).click()
    page.get_by_role("menuitemradio", name="Dark").or_(page.get_by_role("menuitem", name="Dark")).click()
    assert light > 200
    assert brightness(page) < 60
    page.reload()
    expect(page.get_by_role("link", name="Traces", exact=True)).to_be_visible()
    assert brightness(page) < 60


def brightness(page: Page) -> float:
    """Return how bright the page's background is, 0 for black to 255 for white."""
    script = """() => {
        const canvas = document.createElement("canvas").getContext("2d");
        canvas.fillStyle = getComputedStyle(document.body).backgroundColor;
        canvas.fillRect(0, 0, 1, 1);
        return [...canvas.getImageData(0, 0, 1, 1).data];
    }"""
    red, green, blue, alpha = page.evaluate(script)
    assert alpha == 255, "the page has no background of its own"
    return float(red + green + blue) / 3


def test_the_keyboard_leads_everywhere(page: Page) -> None:
    for keys, address in (("gt", r"/traces$"), ("gp", r"/prompts$"), ("go", r"/projects/[^/]+$")):
        for key in keys:
            page.keyboard.press(key)
        expect(page).to_have_url(re.compile(address))
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Search pages, prompts and commands")
    expect(box).to_be_focused()
    box.fill("answer")
    expect(page.get_by_role("option").first).to_contain_text(PROMPT)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="answer")).to_be_visible()
