"""What `trimtab up` decides before it starts anything."""

import dataclasses
import socket
from pathlib import Path

import pytest

from trimtab.server import local_model, preflight, settings, up


def test_the_local_model_leaves_the_port_after_the_servers_to_a_gateway_that_wants_it(tmp_path: Path) -> None:
    server_port, gateway_port = _two_free_neighbours()
    loaded = settings.load(
        {}, overrides={"data_dir": tmp_path, "server_port": str(server_port), "gateway_port": str(gateway_port)}
    )

    plan = up._plan(loaded, None, open_browser=False)

    assert local_model.is_runtime_installed()
    assert plan.settings.gateway_port == gateway_port
    assert plan.model_port not in {None, server_port, gateway_port}


@pytest.mark.parametrize("name", ["otlp_http_port", "otlp_grpc_port"])
def test_a_standard_port_in_use_is_said_and_one_that_was_asked_for_stops_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    asked = {"data_dir": tmp_path, "bare": True, "server_port": "0", "gateway_port": "0"}
    asked |= {"otlp_http_port": "0", "otlp_grpc_port": "0"}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        loaded = settings.load({}, overrides=asked | {name: str(port)})
        with pytest.raises(preflight.Refused, match=f"port {port} is in use") as refused:
            up._plan(loaded, None, open_browser=False)
        standard = dataclasses.replace(loaded, given=loaded.given - {name})
        assert up._plan(standard, None, open_browser=False).settings.server_port
    assert refused.value.status == preflight.Exit.PORT_IN_USE
    (line,) = capsys.readouterr().err.splitlines()
    assert f"port {port} is in use" in line
    assert settings.PREFIX + name.upper() in line


def _two_free_neighbours() -> tuple[int, int]:
    for port in range(20_000, 32_000, 2):
        try:
            with socket.create_server(("127.0.0.1", port)), socket.create_server(("127.0.0.1", port + 1)):
                return port, port + 1
        except OSError:
            continue
    raise AssertionError("no two neighbouring ports are free")
