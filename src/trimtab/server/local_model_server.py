"""The local model as a process of its own: llama.cpp's OpenAI-compatible server on loopback, and nothing else.

Run as `python -m trimtab.server.local_model_server --models FOLDER --port PORT`. It fetches the weights when they are
missing, so the first run may take as long as a download of 93 MB does. When it cannot serve at all it says why in one
line and exits with `CANNOT_SERVE`, which means that starting it again would not help.
"""

import argparse
import os
import signal
import sys
import time
from pathlib import Path

from trimtab.base.errors import Unavailable
from trimtab.server import local_model, parent

CANNOT_SERVE = 69
"""The exit status that means: no weights or no runtime; do not start this again."""

_CONTEXT_TOKENS = 8192
"""For all slots together: four requests at a time may each hold 2,048 tokens."""
_SLOTS = 4
# llama.cpp's threads wait for one another at every layer. With as many as there are cores, one busy neighbour holds
# them all up: on two loaded cores one thread wrote 33-42 tokens a second, two wrote 0.4. Half the cores are enough.


def main(arguments: list[str] | None = None) -> int:
    """Fetch the weights if need be, serve until SIGTERM or until the parent is gone, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m trimtab.server.local_model_server", description=__doc__)
    parser.add_argument("--models", type=Path, required=True, help="the folder that holds the weights")
    parser.add_argument("--port", type=int, required=True, help="the port to listen on, on 127.0.0.1")
    options = parser.parse_args(arguments)
    stop_signals = {signal.SIGTERM, signal.SIGINT}
    parent.follow()
    if not local_model.is_runtime_installed():
        _say("the runtime is not installed; install the extra: pip install 'trimtab[local]'")
        return CANNOT_SERVE
    try:
        started_at = time.monotonic()
        if not local_model.is_present(local_model.SMOLLM2, options.models):
            _say("fetching the weights of SmolLM2-135M once (93 MB)")
        path = local_model.ensure(local_model.SMOLLM2, options.models)
    except Unavailable as error:
        _say(error.message)
        return CANNOT_SERVE
    # Blocked before the runtime starts its threads, which inherit the mask: the signals then reach only sigwait below.
    signal.pthread_sigmask(signal.SIG_BLOCK, stop_signals)
    try:
        server = _serve(path, options.port)
    except RuntimeError as error:
        _say(f"cannot serve on port {options.port}: {error}")
        return 1
    _say(f"serving {local_model.MODEL} after {time.monotonic() - started_at:.1f} s")
    signal.sigwait(stop_signals)
    del server  # stops the listener and frees the model
    return 0


def _serve(weights: Path, port: int) -> object:
    # Imported here: the runtime takes a moment to load, and the weights are looked at first.
    import xllamacpp  # noqa: PLC0415

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights)
    parameters.model_alias = {local_model.MODEL}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = port
    parameters.n_ctx = _CONTEXT_TOKENS
    parameters.n_parallel = _SLOTS
    parameters.n_gpu_layers = 0
    for cores in (parameters.cpuparams, parameters.cpuparams_batch):
        cores.n_threads = max(1, (os.cpu_count() or 1) // 2)
        cores.poll = 0
    parameters.verbosity = 1
    parameters.ui = False
    parameters.endpoint_slots = False
    parameters.cors_origins = ""  # a web page has no business with it
    return xllamacpp.Server(parameters)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a child process speaks to its supervisor on standard output


if __name__ == "__main__":
    sys.exit(main())
