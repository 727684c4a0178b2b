"""The two engines behind the one port, each open over a real store."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest

from trimtab.storage.warehouse import open_warehouse
from trimtab.storage.warehouse.port import DEFAULT_LIMITS, Limits, Warehouse

Engine = Literal["embedded", "http"]
Open = Callable[[Limits], Warehouse]


@pytest.fixture(scope="session")
def front_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of ClickHouse's HTTP interface over an engine in a process of its own."""
    script = Path(__file__).with_name("clickhouse_front.py")
    folder = tmp_path_factory.mktemp("front")
    with subprocess.Popen([sys.executable, str(script), str(folder)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.kill()


@pytest.fixture(params=["embedded", "http"])
def opened(request: pytest.FixtureRequest) -> Iterator[Open]:
    """Give a way to open the engine with limits; whatever is opened is closed at the end."""
    found: list[Warehouse] = []
    if request.param == "http":
        url, folder = f"{request.getfixturevalue('front_url')}/trimtab", Path()
    else:
        # The run has one embedded store, and any number of connections to it.
        url, folder = "", request.getfixturevalue("warehouse")._folder

    def open_with(limits: Limits) -> Warehouse:
        found.append(open_warehouse(url, folder, limits))
        return found[-1]

    yield open_with
    for each in found:
        each.close()


@pytest.fixture
def store(opened: Open) -> Warehouse:
    """Give the engine with the limits that it has when nothing is said."""
    return opened(DEFAULT_LIMITS)
