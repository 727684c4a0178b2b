import io
import subprocess
import sys
from pathlib import Path

from trimtab.server.process_log import ProcessLog


class Closed(io.StringIO):
    """A terminal whose window was closed."""

    def write(self, _text: str) -> int:
        raise BrokenPipeError(32, "Broken pipe")


def say(log: ProcessLog, *lines: str) -> None:
    """Let a real program say something through the log."""
    code = "".join(f"print({line!r});" for line in lines)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as program:
        log.follow("program", program, is_quiet=False)
        program.wait()
        log.close()


def test_each_line_has_the_name_of_who_said_it(tmp_path: Path) -> None:
    terminal = io.StringIO()
    say(ProcessLog(tmp_path, names=("program",), terminal=terminal), "one", "two")
    assert terminal.getvalue() == "program | one\nprogram | two\n"
    assert (tmp_path / "program.log").read_text() == "one\ntwo\n"


def test_a_closed_terminal_stops_nothing(tmp_path: Path) -> None:
    log = ProcessLog(tmp_path, names=("program",), terminal=Closed())
    log.say("going on")
    say(log, "one", "two")
    assert (tmp_path / "program.log").read_text() == "one\ntwo\n"
    assert (tmp_path / "trimtab.log").read_text() == "going on\n"


def test_a_block_is_shown_and_never_kept(tmp_path: Path) -> None:
    terminal = io.StringIO()
    log = ProcessLog(tmp_path, names=(), terminal=terminal)
    log.show("the password\n")
    log.close()
    assert terminal.getvalue() == "the password\n"
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "program.log").mkdir()
    terminal = io.StringIO()
    say(ProcessLog(tmp_path, names=("program",), terminal=terminal), "one")
    assert terminal.getvalue() == "program | one\n"
