"""The gateway process: `python -m trimtab.server.gateway`.

A master keeps its workers alive and stops them in order; it serves nothing itself. Workers are started fresh (spawn),
share the port by SO_REUSEPORT, and each has its own snapshot, connections and spool, so that one can die without the
others.
"""

import contextlib
import logging.config
import multiprocessing
import os
import signal
import socket
import sys
from typing import Any

from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from trimtab.base.errors import BadSetting
from trimtab.server import gateway_log, parent, settings
from trimtab.server.settings import Settings

STOP_SIGNAL = signal.SIGUSR1
"""Tells a worker to end its calls; see `trimtab.gateway.worker`, which this light process does not import."""

_EXIT_BAD_SETTING = 2
_KILL_MARGIN_S = 2
_CALLS_AT_ONCE = 4096


class Master(MPServer):
    """Granian's master, which also tells its workers that a stop has begun."""

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Granian's own signature
        """Begin to stop: workers end their calls in time, instead of being killed in the middle of them."""
        for worker in self.wrks:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker.inner.pid, STOP_SIGNAL)
        super().signal_handler_interrupt(*args, **kwargs)  # type: ignore[no-untyped-call]


def main() -> int:
    """Serve until told to stop; return the exit code."""
    parent.follow()
    try:
        chosen = settings.load(os.environ)
        _check_folders(chosen)
        port = _claim_port(chosen.gateway_host, chosen.gateway_port)
    except BadSetting as error:
        sys.stderr.write(f"trimtab gateway: {error.message}\n" + (f"  {error.hint}\n" if error.hint else ""))
        return _EXIT_BAD_SETTING
    log_config = gateway_log.configuration(chosen.log_level)
    logging.config.dictConfig(log_config)
    multiprocessing.set_start_method("spawn")
    logging.getLogger(__name__).info("listening", extra={"host": chosen.gateway_host, "port": port})
    _master(chosen, port, log_config).serve()
    return 0


def _master(chosen: Settings, port: int, log_config: dict[str, Any]) -> Master:
    return Master(
        "trimtab.server.gateway_worker:app",
        factory=True,
        address=chosen.gateway_host,
        port=port,
        interface=Interfaces.RSGI,
        workers=chosen.gateway_workers,
        loop=Loops.auto,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=10_000),
        websockets=False,
        backpressure=_CALLS_AT_ONCE,
        respawn_failed_workers=True,
        workers_kill_timeout=int(chosen.shutdown_timeout_s) + _KILL_MARGIN_S,
        log_access=False,
        log_level=LogLevels.warning,
        log_dictconfig=log_config,
    )


def _check_folders(chosen: Settings) -> None:
    try:
        chosen.spool_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(
            f"the data folder {str(chosen.data_dir)!r} cannot be written: {error.strerror or error}",
            hint="Choose another with TRIMTAB_DATA_DIR, or give yourself the right to write to it.",
        ) from error
    if not os.access(chosen.spool_dir, os.W_OK | os.X_OK):
        raise BadSetting(
            f"the folder {str(chosen.spool_dir)!r} cannot be written",
            hint="Choose another with TRIMTAB_DATA_DIR, or give yourself the right to write to it.",
        )


def _claim_port(host: str, port: int) -> int:
    """Return the port, or a free one for 0. Workers share a port, so that a stranger on it would go unnoticed later."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        try:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
        except OSError as error:
            raise BadSetting(
                f"cannot listen on {host}:{port}: {error.strerror or error}",
                hint="Stop what uses the port, or choose another one with TRIMTAB_GATEWAY_PORT.",
            ) from error
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
