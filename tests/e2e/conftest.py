"""Installations that tests share, because each takes seconds to start."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from tests.e2e import browser as console
from tests.e2e.installation import Installation, eventually

from trimtab.server import local_model

FREE_PORTS = ("--port", "0", "--gateway-port", "0")


@pytest.fixture
def install(tmp_path: Path) -> Iterator[Callable[..., Installation]]:
    """Give a maker of installations in this test's folder; all of them end with the test."""
    made: list[Installation] = []

    def make(*arguments: str, folder: str = "one", **more: dict[str, str]) -> Installation:
        place = tmp_path / folder
        place.mkdir(exist_ok=True)
        made.append(Installation(place, *arguments, **more))
        return made[-1]

    yield make
    for each in made:
        each.end()


@pytest.fixture(scope="session")
def fake() -> Iterator[str]:
    """Give the base URL of a fake provider in a process of its own: no model answers there, and it says so."""
    command = [sys.executable, str(Path(__file__).parents[1] / "fakes" / "upstream.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
        process.kill()


@pytest.fixture
def with_fake(install: Callable[..., Installation], fake: str) -> Installation:
    """Give a running installation without samples, whose provider `fake` is the fake one and known to the gateway."""
    installation = install("--bare", *FREE_PORTS).start()
    connect(installation, fake)
    return installation


def connect(installation: Installation, base_url: str) -> None:
    """Add the provider `fake`, and wait until the gateway knows it."""
    installation.post("/providers", {"name": "fake", "kind": "openai_compatible", "base_url": base_url})

    def call() -> bool:
        body = {"model": "fake/fake", "messages": [{"role": "user", "content": "Hello"}]}
        headers = {"authorization": f"Bearer {installation.handover.api_key}"}
        return httpx2.post(f"{installation.gateway_url}/v1/chat/completions", json=body, headers=headers).is_success

    eventually(call, "the gateway to know the provider")


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with the weights of the local model, kept between runs in the project's cache."""
    cache = Path(__file__).parents[2] / ".cache" / "models"
    local_model.ensure(local_model.SMOLLM2, cache)
    folder = tmp_path_factory.mktemp("models")
    os.link(cache / local_model.SMOLLM2.file_name, folder / local_model.SMOLLM2.file_name)
    return folder


@pytest.fixture(scope="session")
def with_model(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[Installation]:
    """Give a running installation as a first user has it: with the local model, the sample prompt and its calls."""
    folder = tmp_path_factory.mktemp("installation")
    shutil.copytree(models, folder / "data" / "models", copy_function=os.link)
    installation = Installation(folder, *FREE_PORTS).start()
    yield installation
    installation.end()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give Debian's Chromium."""
    with sync_playwright() as playwright:
        opened = console.launch(playwright)
        yield opened
        opened.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[[Installation], Page]]:
    """Give a person who visits a console without having signed in; nothing may go wrong there unseen."""
    problems: list[str] = []

    def open_page(installation: Installation) -> Page:
        url = installation.handover.server_url
        opened = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900}).new_page()
        opened.on("pageerror", lambda error: problems.append(str(error)))
        opened.on("response", lambda answer: problems.append(answer.url) if answer.status >= 500 else None)
        opened.set_default_timeout(15_000)
        opened.goto("/")
        return opened

    yield open_page
    for context in browser.contexts:
        context.close()
    assert problems == []
