"""What `trimtab up` decides before it starts anything."""

import socket
from pathlib import Path

from trimtab.server import local_model, settings, up


def test_the_local_model_leaves_the_port_after_the_servers_to_a_gateway_that_wants_it(tmp_path: Path) -> None:
    server_port, gateway_port = _two_free_neighbours()
    loaded = settings.load(
        {}, overrides={"data_dir": tmp_path, "server_port": str(server_port), "gateway_port": str(gateway_port)}
    )

    plan = up._plan(loaded, None, open_browser=False)

    assert local_model.is_runtime_installed()
    assert plan.settings.gateway_port == gateway_port
    assert plan.model_port not in {None, server_port, gateway_port}


def _two_free_neighbours() -> tuple[int, int]:
    for port in range(20_000, 32_000, 2):
        try:
            with socket.create_server(("127.0.0.1", port)), socket.create_server(("127.0.0.1", port + 1)):
                return port, port + 1
        except OSError:
            continue
    raise AssertionError("no two neighbouring ports are free")
