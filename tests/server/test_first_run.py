import json
from pathlib import Path

import pytest

from trimtab.server import first_run
from trimtab.server.first_run import Handover

HANDOVER = Handover(
    server_url="http://127.0.0.1:4100",
    gateway_url="http://127.0.0.1:4000",
    project_id="prj_1",
    project="default",
    email="admin@trimtab.local",
    api_key="tt_key",
    password="first-password",
)


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    first_run.write(tmp_path, HANDOVER)
    assert first_run.path(tmp_path).stat().st_mode & 0o777 == 0o600
    assert first_run.read(tmp_path) == HANDOVER
    assert [entry.name for entry in tmp_path.iterdir()] == ["cli.json"]


def test_a_later_start_on_another_port_keeps_the_key(tmp_path: Path) -> None:
    first_run.write(tmp_path, HANDOVER)
    later = Handover(
        server_url="http://127.0.0.1:5100",
        gateway_url="http://127.0.0.1:5000",
        project_id="prj_1",
        project="default",
        email="admin@trimtab.local",
    )
    first_run.update(tmp_path, later)
    found = first_run.read(tmp_path)
    assert found is not None
    assert (found.server_url, found.api_key) == ("http://127.0.0.1:5100", "tt_key")


def test_the_first_password_is_shown_once(tmp_path: Path) -> None:
    first_run.write(tmp_path, HANDOVER)
    first = first_run.greeting(HANDOVER, data_folder=tmp_path, command="bin/trimtab", local_model="", prompt="")
    assert "first-password" in first
    first_run.forget_password(tmp_path, HANDOVER)
    found = first_run.read(tmp_path)
    assert found is not None
    second = first_run.greeting(found, data_folder=tmp_path, command="bin/trimtab", local_model="", prompt="")
    assert "first-password" not in second
    assert f"bin/trimtab admin reset-password --data {tmp_path}" in second


def test_a_file_that_cannot_be_understood_is_as_none(tmp_path: Path) -> None:
    first_run.path(tmp_path).write_text('{"server_url": 1')
    assert first_run.read(tmp_path) is None


def test_a_file_of_an_earlier_version_keeps_what_it_knows(tmp_path: Path) -> None:
    first_run.write(tmp_path, HANDOVER)
    file = first_run.path(tmp_path)
    content = json.loads(file.read_text())
    del content["command_key"]
    file.write_text(json.dumps({**content, "of a later version": 1}))
    assert first_run.read(tmp_path) == HANDOVER


@pytest.mark.parametrize("content", ["[]", "1", "{}"])
def test_a_file_that_lacks_an_address_is_as_none(tmp_path: Path, content: str) -> None:
    first_run.path(tmp_path).write_text(content)
    assert first_run.read(tmp_path) is None
