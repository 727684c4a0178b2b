"""The supervisor runs real programs here: small Python scripts that serve, crash or refuse to end."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# What a test runs as its supervisor: programs come as lines "name port exit_status" on the command line.
SUPERVISOR = """
import sys
from pathlib import Path
from trimtab.server.process_log import ProcessLog
from trimtab.server.supervisor import Failed, Program, Supervisor

folder, *specs = sys.argv[1:]
programs = []
for spec in specs:
    name, port, *options = spec.split(",")
    programs.append(Program(
        name=name,
        command=[sys.executable, str(Path(folder) / "program.py"), name, port, folder],
        environment={"PATH": "/usr/bin:/bin"},
        health_url=f"http://127.0.0.1:{port}/" if port != "-" else "",
        is_required="optional" not in options,
        gives_up_with=69,
        stop_within_s=0.5 if "hasty" in options else 5.0,
        niceness=10 if "nice" in options else 0,
        needs=frozenset(option.removeprefix("needs:") for option in options if option.startswith("needs:")),
    ))
log = ProcessLog(Path(folder) / "logs", names=tuple(program.name for program in programs))
try:
    Supervisor(programs, log).run(when_ready=lambda: log.say("all ready"))
except Failed as failure:
    log.say(f"failed: {failure}")
    sys.exit(8)
finally:
    log.close()
"""

# Serves until SIGTERM; writes its pid; its name says how it misbehaves.
PROGRAM = """
import http.server, os, signal, sys, time
from pathlib import Path
name, port, folder = sys.argv[1:]
print(f"{name} begins", flush=True)
with (Path(folder) / f"{name}.pids").open("a") as file:
    file.write(f"{os.getpid()}\\n")
if name == "hopeless":
    sys.exit(69)
if name == "broken":
    sys.exit(3)
if name == "once":
    sys.exit(0)
signal.signal(signal.SIGTERM, signal.SIG_IGN if name == "stubborn" else lambda *_: sys.exit(0))
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.send_header("content-length", "0"); self.end_headers()
    def log_message(self, *_): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()
"""


class Run:
    """A supervisor that runs in a process of its own."""

    def __init__(self, folder: Path, *specs: str) -> None:
        (folder / "supervisor.py").write_text(textwrap.dedent(SUPERVISOR))
        (folder / "program.py").write_text(textwrap.dedent(PROGRAM))
        self.folder = folder
        self.output = folder / "output"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(folder / "supervisor.py"), str(folder), *specs],
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def text(self) -> str:
        return self.output.read_text()

    def wait_for(self, text: str) -> None:
        until(lambda: text in self.text(), f"{text!r} in:\n{self.text()}")

    def pids(self, name: str) -> list[int]:
        path = self.folder / f"{name}.pids"
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=20)


def until(condition: Callable[[], bool], what: str, within_s: float = 20.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"waited {within_s} s for {what}"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie that nobody reaps answers to signal 0, but is dead.
    return f"{pid} (" in (stat := Path(f"/proc/{pid}/stat").read_text()) and ") Z" not in stat


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def start(*specs: str) -> Run:
        runs.append(Run(tmp_path, *specs))
        return runs[-1]

    yield start
    for each in runs:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait()
        for pids in tmp_path.glob("*.pids"):
            for pid in pids.read_text().split():
                if is_alive(int(pid)):
                    os.kill(int(pid), signal.SIGKILL)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_programs_are_announced_once_all_required_ones_answer(run: Callable[..., Run]) -> None:
    one = run(f"edge,{free_port()}", f"core,{free_port()}")
    one.wait_for("all ready")
    assert "edge    | edge begins" in one.text()
    assert (one.folder / "logs" / "core.log").read_text() == "core begins\n"
    assert one.stop() == 0


def test_a_stop_ends_the_programs_in_their_order_and_leaves_none(run: Callable[..., Run]) -> None:
    one = run(f"edge,{free_port()}", f"core,{free_port()}")
    one.wait_for("all ready")
    assert one.stop() == 0
    assert one.text().index("stopping edge") < one.text().index("stopping core")
    assert not any(is_alive(pid) for name in ("edge", "core") for pid in one.pids(name))


def test_a_killed_program_is_started_again(run: Callable[..., Run]) -> None:
    one = run(f"edge,{free_port()}")
    one.wait_for("all ready")
    os.kill(one.pids("edge")[0], signal.SIGKILL)
    until(lambda: len(one.pids("edge")) == 2, "a second start")
    assert "edge ended with signal SIGKILL; starting it again in 0.2 s" in one.text()
    assert one.stop() == 0


def test_a_program_that_stands_back_leaves_the_processor_to_the_others(run: Callable[..., Run]) -> None:
    one = run(f"edge,{free_port()}", f"core,{free_port()},nice")
    one.wait_for("all ready")
    (edge,), (core,) = one.pids("edge"), one.pids("core")
    assert os.getpriority(os.PRIO_PROCESS, core) - os.getpriority(os.PRIO_PROCESS, edge) == 10
    assert one.stop() == 0


def test_an_optional_program_that_cannot_run_is_gone_on_without(run: Callable[..., Run]) -> None:
    one = run(f"edge,{free_port()}", f"hopeless,{free_port()},optional")
    one.wait_for("all ready")
    one.wait_for("hopeless cannot run")
    assert "going on without it" in one.text()
    assert len(one.pids("hopeless")) == 1
    assert one.stop() == 0


def test_a_required_program_that_cannot_run_stops_the_rest_at_once(run: Callable[..., Run]) -> None:
    one = run(f"edge,{free_port()}", f"hopeless,{free_port()}")
    assert one.process.wait(timeout=20) == 8
    assert "failed: hopeless cannot run" in one.text()
    assert len(one.pids("hopeless")) == 1
    assert not any(is_alive(pid) for pid in one.pids("edge"))


def test_a_required_program_that_never_gets_ready_stops_the_rest_after_three_tries(run: Callable[..., Run]) -> None:
    one = run(f"edge,{free_port()}", f"broken,{free_port()}")
    assert one.process.wait(timeout=20) == 8
    assert "broken does not start: it ended with status 3, 3 times" in one.text()
    assert len(one.pids("broken")) == 3


def test_a_program_that_ignores_the_stop_is_killed(run: Callable[..., Run]) -> None:
    one = run(f"stubborn,{free_port()},hasty")
    one.wait_for("all ready")
    assert one.stop() == 0
    assert "stubborn did not stop within" in one.text()
    assert not is_alive(one.pids("stubborn")[0])


def test_a_second_ctrl_c_does_not_wait(run: Callable[..., Run]) -> None:
    one = run(f"stubborn,{free_port()}")
    one.wait_for("all ready")
    one.process.send_signal(signal.SIGINT)
    one.wait_for("stopping stubborn")
    started = time.monotonic()

    def has_ended() -> bool:
        one.process.send_signal(signal.SIGINT)
        return one.process.poll() is not None

    until(has_ended, "the end")
    assert time.monotonic() - started < 3.0
    assert "stopping at once" in one.text()
    assert not is_alive(one.pids("stubborn")[0])


def test_one_ctrl_c_that_arrives_twice_is_still_one(run: Callable[..., Run]) -> None:
    one = run(f"edge,{free_port()}", f"core,{free_port()}")
    one.wait_for("all ready")
    one.process.send_signal(signal.SIGINT)
    assert one.stop() == 0
    assert "stopping core" in one.text()
    assert "stopping at once" not in one.text()


def test_a_task_runs_once_after_what_it_needs(run: Callable[..., Run]) -> None:
    one = run(f"edge,{free_port()}", "once,-,optional,needs:edge")
    one.wait_for("once begins")
    one.wait_for("all ready")
    assert one.stop() == 0
    assert len(one.pids("once")) == 1
