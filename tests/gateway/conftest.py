"""A gateway that many tests share; tests that break something set up their own."""

from collections.abc import Iterator

import pytest
from tests.gateway.stage import Gateway, stage


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """Give a running gateway with short timers."""
    folder = tmp_path_factory.mktemp("gateway")
    with stage(
        folder, first_token_timeout_s=1.0, idle_timeout_s=1.0, total_timeout_s=5.0, max_body_bytes=200_000
    ) as running:
        yield running
