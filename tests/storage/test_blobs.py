"""What every blob store promises, on a folder and on S3's own interface."""

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from trimtab.base.errors import BadSetting, InvalidInput, NotFound, Unavailable
from trimtab.storage.blobs import Blobs, FolderBlobs, S3Blobs, open_blobs

_ROOT = Path(__file__).parents[2]
_SERVER = ("moto[s3]==5.2.5", "flask", "flask-cors")
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


def _packages() -> Path:
    """Return a folder with a server that speaks S3, made once: it is not for our own environment."""
    digest = hashlib.sha256(f"{_SERVER}{sys.version}".encode()).hexdigest()[:16]
    folder = _ROOT / ".cache" / "clients" / f"s3-{digest}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = tempfile.mkdtemp(dir=folder.parent)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
        subprocess.run([*pip, "--no-warn-conflicts", "--target", made, *_SERVER], check=True)
        Path(made).rename(folder)
    return folder


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """Give the address of a server that speaks S3, with a bucket `bucket` in it."""
    environment = os.environ | {"PYTHONPATH": str(_packages()), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stderr is not None
        address = next(found[0] for line in server.stderr if (found := _ADDRESS.search(line)))
        assert httpx2.put(f"{address}/bucket").is_success
        yield address
        server.kill()


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    if request.param == "folder":
        return open_blobs("", tmp_path / "blobs")
    address = request.getfixturevalue("s3")
    prefix = f"s3://bucket/{tmp_path.name}"
    return open_blobs(prefix, tmp_path, endpoint=address, access_key="key", secret_key="secret")


def test_what_was_put_is_there(blobs: Blobs) -> None:
    data = bytes(range(256)) * 4000
    blobs.put("project/media", data)
    blobs.put("project/empty", b"")
    assert blobs.get("project/media") == data
    assert blobs.get("project/empty") == b""


def test_the_newest_bytes_count(blobs: Blobs) -> None:
    blobs.put("project/media", b"old and long")
    blobs.put("project/media", b"new")
    assert blobs.get("project/media") == b"new"


def test_what_is_not_there_is_not_found(blobs: Blobs) -> None:
    with pytest.raises(NotFound, match="no blob 'project/none'"):
        blobs.get("project/none")


def test_what_was_deleted_is_gone_and_its_neighbours_stay(blobs: Blobs) -> None:
    for name in ("a", "b", "c"):
        blobs.put(f"project/{name}", name.encode())
    blobs.delete(["project/a", "project/none", "project/c"])
    blobs.delete([])
    assert blobs.get("project/b") == b"b"
    for name in ("a", "c"):
        with pytest.raises(NotFound):
            blobs.get(f"project/{name}")


@pytest.mark.parametrize("key", ["", "/", "../secret", "a/../b", "a//b", "a b", "a/", ".hidden", "x" * 201, "a\n"])
def test_a_key_that_could_leave_its_place_is_refused(blobs: Blobs, key: str) -> None:
    for use in (lambda: blobs.put(key, b"x"), lambda: blobs.get(key), lambda: blobs.delete([key])):
        with pytest.raises(InvalidInput, match="is no key of a blob"):
            use()


def test_a_folder_that_cannot_be_written_is_unavailable_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("in the way")
    with pytest.raises(Unavailable, match="does not answer"):
        FolderBlobs(tmp_path / "blobs").put("project/media", b"x")


def test_a_put_leaves_no_other_file(tmp_path: Path) -> None:
    FolderBlobs(tmp_path).put("project/media", b"x")
    assert [path.name for path in (tmp_path / "project").iterdir()] == ["media"]


def test_a_url_without_a_bucket_is_one_clear_line() -> None:
    for url in ("s3://", "http://bucket/x"):
        with pytest.raises(BadSetting, match="names no bucket"):
            S3Blobs(url)


def test_a_bucket_that_is_not_there_is_unavailable(s3: str) -> None:
    store = S3Blobs("s3://nobodys", endpoint=s3, access_key="key", secret_key="secret")
    with pytest.raises(Unavailable, match="blob store"):
        store.put("a", b"x")
