import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from trimtab.server import preflight
from trimtab.server.preflight import Exit, Refused, RunLock

HOLDER = """
import sys, time
from pathlib import Path
from trimtab.server.preflight import RunLock
lock = RunLock(Path(sys.argv[1]))
lock.take()
lock.describe({"console": "http://127.0.0.1:4100"})
print("held", flush=True)
time.sleep(60)
"""


def test_an_old_python_is_refused_in_one_line() -> None:
    with pytest.raises(Refused, match=r"needs Python 3\.11 or newer, this is 3\.10\.4") as caught:
        preflight.check_python((3, 10, 4))
    assert caught.value.status is Exit.WRONG_PYTHON
    preflight.check_python((3, 11, 0))


def test_a_data_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    preflight.check_data_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(Refused, match="cannot be written: File exists") as caught:
        preflight.check_data_folder(tmp_path / "data")
    assert caught.value.status is Exit.DATA_FOLDER


def test_a_port_in_use_is_refused_with_the_option_that_changes_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Refused, match=f"port {port} is in use, and the server needs it.*--port") as caught:
            preflight.claim_port("127.0.0.1", port, what="the server", option="--port")
    assert caught.value.status is Exit.PORT_IN_USE
    assert preflight.claim_port("127.0.0.1", port, what="the server", option="--port") == port


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(Refused, match=r"cannot listen on 192\.0\.2\.1 port 0"):
        preflight.claim_port("192.0.2.1", 0, what="the server", option="--port")


def test_a_folder_in_use_names_the_process_and_its_console(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Refused, match=f"process {holder.pid}, console http://127.0.0.1:4100") as caught:
            RunLock(tmp_path).take()
        assert caught.value.status is Exit.ALREADY_RUNNING
        holder.kill()
    again = RunLock(tmp_path)
    again.take()
    os.close(again.fd)


ORPHAN = """
import os, subprocess, sys
from pathlib import Path
from trimtab.server.preflight import RunLock
lock = RunLock(Path(sys.argv[1]))
lock.take()
child = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=0, pass_fds=(lock.fd,))
os._exit(0)
"""


def test_a_run_that_is_still_ending_is_waited_for(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ORPHAN, str(tmp_path)], stdin=subprocess.PIPE) as gone:
        gone.wait()
        assert gone.stdin is not None
        # The child that inherited the lock lives until its standard input is closed, which the waiting start does.
        lock = RunLock(tmp_path)
        waited: list[bool] = []

        def end_the_child() -> None:
            waited.append(True)
            assert gone.stdin is not None
            gone.stdin.close()

        lock.take(when_waiting=end_the_child)
        os.close(lock.fd)
    assert waited == [True]
