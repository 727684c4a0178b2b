"""The server process: `python -m trimtab.server.main`.

It takes its ports first, so that a port in use is said at once, then opens the stores, then serves. SIGTERM and SIGINT
let running requests finish; a second SIGINT does not wait for them. The ports that telemetry is sent to by default are
extra doors: the server starts without one that is in use, unless somebody has asked for it.
"""

import gc
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from types import FrameType

import uvicorn

from trimtab.base.errors import BadSetting, TrimtabError
from trimtab.server import parent, provision, wiring
from trimtab.server import settings as table
from trimtab.server.app import create_app
from trimtab.server.grpc_door import GrpcDoor
from trimtab.server.settings import Settings
from trimtab.server.wiring import Services
from trimtab.storage.warehouse.text_index import TextIndex
from trimtab.traces.privacy.housekeeping import Housekeeping

_LOG = logging.getLogger("trimtab.server")
_EXIT_BAD_SETTING = 2
_GARBAGE_THRESHOLDS = (50_000, 20, 100)


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
        with ExitStack() as socks:
            sock = socks.enter_context(listen(settings.host, settings.server_port))
            second = socks.enter_context(_second_door(settings))
            services = wiring.build(settings)
            door = GrpcDoor(services)
            try:
                provision.provision(settings, services)
                _open_grpc(door, settings)
                _serve(settings, services, [sock, second] if isinstance(second, socket.socket) else [sock], started)
            finally:
                door.close()
                services.close()
    except TrimtabError as error:
        sys.stderr.write(f"trimtab server: {error.message}\n" + (f"  {error.hint}\n" if error.hint else ""))
        return _EXIT_BAD_SETTING
    return 0


def listen(host: str, port: int, *, variable: str = "TRIMTAB_SERVER_PORT") -> socket.socket:
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
            hint=f"Stop what uses the port, or choose another one with {variable} or TRIMTAB_HOST.",
        ) from error
    return sock


def _second_door(settings: Settings) -> socket.socket | AbstractContextManager[None]:
    """Return a socket on the port that exporters send to by default, or nothing if there is none to be had."""
    if settings.otlp_http_port in (0, settings.server_port):
        return nullcontext()
    try:
        return listen(settings.host, settings.otlp_http_port, variable="TRIMTAB_OTLP_HTTP_PORT")
    except BadSetting as error:
        if "otlp_http_port" in settings.given:
            raise
        _LOG.warning("no second door for telemetry: %s; it is taken at port %d", error.message, settings.server_port)
        return nullcontext()


def _open_grpc(door: GrpcDoor, settings: Settings) -> None:
    if not door.open(settings.host, settings.otlp_grpc_port) and "otlp_grpc_port" in settings.given:
        raise BadSetting(
            f"cannot listen on {settings.host}:{settings.otlp_grpc_port} for telemetry over gRPC",
            hint="Stop what uses the port, or choose another one with TRIMTAB_OTLP_GRPC_PORT.",
        )


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


def _serve(settings: Settings, services: Services, socks: list[socket.socket], started: float) -> None:
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
    for sock in socks:
        host, port = sock.getsockname()[:2]
        _LOG.info("serving on http://%s:%d after %.2f s", host, port, time.perf_counter() - started)
    threading.Thread(target=services.warm, name="warm", daemon=True).start()
    # Batches of spans are many small objects that die together: looking for circles among them costs a tenth.
    gc.set_threshold(*_GARBAGE_THRESHOLDS)
    if settings.text_index == "background":
        index = TextIndex(services.warehouse, is_busy=lambda: services.intake.is_busy)
        threading.Thread(target=index.run, args=[services.stopping], name="text-index", daemon=True).start()
    housekeeping = Housekeeping(services.deletions, services.retention, services.stopping)
    threading.Thread(target=housekeeping.run, name="housekeeping", daemon=True).start()
    _Server(config, services).run(sockets=socks)
    _LOG.info("stopped")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
