"""An application for each test, on one server for each file."""

from collections.abc import Iterator

import pytest
from tests.conftest import Running
from tests.traces.application import Application, application, served


@pytest.fixture(scope="module")
def address(shared_running: Running) -> Iterator[str]:
    with served(shared_running) as url:
        yield url


@pytest.fixture
def app(shared_running: Running, address: str) -> Iterator[Application]:
    with application(shared_running, address) as made:
        yield made
