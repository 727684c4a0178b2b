"""Installations that tests share, because each takes seconds to start."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.e2e.installation import Installation
from tests.fakes import upstream
from tests.fakes.upstream import FakeUpstream

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
def fake() -> Iterator[FakeUpstream]:
    """Give a fake provider; no model answers there, and every answer says so."""
    with upstream.running() as running:
        yield running


@pytest.fixture
def with_fake(install: Callable[..., Installation], fake: FakeUpstream) -> Installation:
    """Give a running installation without samples, whose provider `fake` is the fake one."""
    return connect_fake(install("--bare", *FREE_PORTS).start(), fake)


def connect_fake(installation: Installation, fake: FakeUpstream) -> Installation:
    """Add the fake as the provider `fake`, and wait until the gateway knows it."""
    installation.post(
        "/providers", {"name": "fake", "kind": "openai_compatible", "base_url": fake.base_url, "secret": ""}
    )
    return installation


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
