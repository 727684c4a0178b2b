"""A server whose data lie on a small disk of their own, which can be filled: run within `unshare --user --mount`.

`python small_disk.py FOLDER` mounts a disk on FOLDER, starts the server, prints what a client must know as one line of
JSON, and then does what it reads: `fill`, `free`, or the end, at which the server is stopped.
"""

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import msgspec

_SIZE = "192m"


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _start(data: Path, port: int) -> "subprocess.Popen[bytes]":
    mine = {
        "TRIMTAB_DATA_DIR": str(data),
        "TRIMTAB_SERVER_PORT": str(port),
        "TRIMTAB_ADMIN_PASSWORD": "a long enough password",
        "TRIMTAB_OTLP_HTTP_PORT": "0",
        "TRIMTAB_OTLP_GRPC_PORT": "0",
    }
    process = subprocess.Popen([sys.executable, "-m", "trimtab.server.main"], env=os.environ | mine, cwd=data)
    while process.poll() is None:
        with contextlib.suppress(httpx2.TransportError):
            if httpx2.get(f"http://127.0.0.1:{port}/health/ready", timeout=5).status_code == 200:
                return process
        time.sleep(0.05)
    raise SystemExit(process.returncode)


def _fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(64 * 1024))
    with ballast.open("ab", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(16))


def main(folder: Path) -> None:
    """Serve until the standard input ends."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(folder)], check=True)
    data, ballast, port = folder / "data", folder / "ballast", _free_port()
    data.mkdir()
    process = _start(data, port)
    known = msgspec.json.decode((data / "cli.json").read_bytes())
    print(msgspec.json.encode(known | {"port": port}).decode(), flush=True)
    for line in sys.stdin:
        if line.strip() == "fill":
            _fill(ballast)
        else:
            ballast.unlink(missing_ok=True)
        print("done", flush=True)
    process.terminate()
    process.wait(30)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
