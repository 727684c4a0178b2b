"""The server process: `python -m trimtab.server.main`.

It takes its port first, so that a port in use is said at once, then opens the stores, then serves. SIGTERM and SIGINT
let running requests finish; a second SIGINT does not wait for them.
"""

import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import uvicorn

from trimtab.base.errors import BadSetting, TrimtabError
from trimtab.server import parent, provision, wiring
from trimtab.server import settings as table
from trimtab.server.app import create_app
from trimtab.server.grpc_door import GrpcDoor
from trimtab.server.settings import Settings
from trimtab.server.wiring import Services

_LOG = logging.getLogger("trimtab.server")
_EXIT_BAD_SETTING = 2


def main(arguments: Sequence[str] = ()) -> int:
    """Serve until told to stop; return the exit code."""
    started = time.perf_counter()
    parent.follow()
    if arguments:
        sys.stderr.write(f"trimtab server: takes no arguments, found {arguments[0]!r}; set TRIMTAB_… variables\n")
        return _EXIT_BAD_SETTING
    try:
        settings = table.load(os.environ)
        logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        for chatty in ("alembic", "uvicorn"):
            logging.getLogger(chatty).setLevel(max(logging.WARNING, logging.getLogger().level))
        with listen(settings.host, settings.server_port) as sock:
            services = wiring.build(settings)
            door = GrpcDoor(services)
            try:
                provision.provision(settings, services)
                door.open(settings.host, settings.otlp_grpc_port)
                _serve(settings, services, sock, started)
            finally:
                door.close()
                services.close()
    except TrimtabError as error:
        sys.stderr.write(f"trimtab server: {error.message}\n" + (f"  {error.hint}\n" if error.hint else ""))
        return _EXIT_BAD_SETTING
    return 0


def listen(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address; the caller closes it.

    Raises:
        BadSetting: the port is in use, or the address is not of this machine.
    """
    sock: socket.socket | None = None
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        sock = socket.socket(family, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(1024)
    except OSError as error:
        if sock is not None:
            sock.close()
        raise BadSetting(
            f"cannot listen on {host}:{port}: {error.strerror or error}",
            hint="Stop what uses the port, or choose another one with TRIMTAB_SERVER_PORT or TRIMTAB_HOST.",
        ) from error
    return sock


class _Server(uvicorn.Server):
    """Uvicorn that ends with exit code 0 when it is asked to stop, and wakes requests that wait for news."""

    def __init__(self, config: uvicorn.Config, services: Services) -> None:
        super().__init__(config)
        self._services = services

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on SIGTERM and SIGINT."""
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop."""
        self._services.stopping.set()
        super().handle_exit(sig, frame)


def _serve(settings: Settings, services: Services, sock: socket.socket, started: float) -> None:
    config = uvicorn.Config(
        create_app(settings, services),
        http="httptools",
        loop="asyncio" if sys.platform == "win32" else "uvloop",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        timeout_graceful_shutdown=round(settings.shutdown_timeout_s),
    )
    host, port = sock.getsockname()[:2]
    _LOG.info("serving on http://%s:%d after %.2f s", host, port, time.perf_counter() - started)
    threading.Thread(target=services.collector.warm, name="warm", daemon=True).start()
    _Server(config, services).run(sockets=[sock])
    _LOG.info("stopped")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
