"""The built console is served from one folder, and nothing outside of it is."""

import gzip
import os
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from trimtab.server.app import create_app
from trimtab.server.settings import Settings
from trimtab.server.static import Console

_INDEX = "<!doctype html><title>Console</title>"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    built = tmp_path / "console"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text(_INDEX)
    (built / "favicon.svg").write_text("<svg/>")
    (built / "assets" / "index-abc123.js").write_text("export const a = 1;\n" * 100)
    (built / "assets" / "font-abc123.woff2").write_bytes(bytes(range(256)))
    (tmp_path / "secret.txt").write_text("hunter2")
    return built


@pytest.fixture
def client(folder: Path) -> TestClient:
    return TestClient(create_app(Settings(), console=Console(folder)))


@pytest.mark.parametrize("path", ["/", "/prompts", "/projects/prj_1/traces/abc", "/index.html", "/v1"])
def test_every_page_that_the_console_routes_itself_is_its_start_page(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.text == _INDEX
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


def test_files_with_a_hash_in_their_name_are_kept_for_ever(client: TestClient) -> None:
    answer = client.get("/assets/index-abc123.js")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")


def test_text_is_compressed_for_whoever_takes_it(client: TestClient, folder: Path) -> None:
    with client.stream("GET", "/assets/index-abc123.js", headers={"accept-encoding": "gzip"}) as answer:
        packed = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == "gzip"
    whole = (folder / "assets" / "index-abc123.js").read_bytes()
    assert gzip.decompress(packed) == whole
    assert len(packed) < len(whole) / 4
    plain = client.get("/assets/index-abc123.js", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == whole


def test_bytes_that_are_compressed_already_are_left_as_they_are(client: TestClient) -> None:
    answer = client.get("/assets/font-abc123.woff2")
    assert answer.content == bytes(range(256))
    assert "content-encoding" not in answer.headers


def test_a_page_that_has_not_changed_is_not_sent_again(client: TestClient) -> None:
    etag = client.get("/").headers["etag"]
    assert client.get("/", headers={"if-none-match": etag}).status_code == 304
    assert client.get("/", headers={"if-none-match": '"other"'}).text == _INDEX


def test_a_new_build_is_seen_at_once(client: TestClient, folder: Path) -> None:
    assert client.get("/").text == _INDEX
    (folder / "index.html").write_text("newer")
    os.utime(folder / "index.html", ns=(0, 1))
    assert client.get("/").text == "newer"


def test_a_hashed_file_of_an_older_build_is_404_and_not_the_start_page(client: TestClient) -> None:
    answer = client.get("/assets/index-old.js")
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/internal/v1/nothing", "/health/nothing", "/v1/nothing"])
def test_machines_get_errors_and_never_a_page(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "//etc/passwd", "/a\x00b"]
)
def test_nothing_outside_of_the_folder_is_served(folder: Path, path: str) -> None:
    console = Console(folder)
    client = TestClient(create_app(Settings(), console=console))
    for answer in (console.respond(path, {}), console.respond(path.replace("%2e", ".").replace("%2f", "/"), {})):
        assert answer is None or b"hunter2" not in answer.body
    if "\x00" not in path:
        assert "hunter2" not in client.get(path).text


def test_a_link_that_leads_outside_is_not_followed(folder: Path) -> None:
    (folder / "link.txt").symlink_to(folder.parent / "secret.txt")
    answer = Console(folder).respond("/link.txt", {})
    assert answer is not None
    assert b"hunter2" not in answer.body


def test_without_a_build_a_page_says_how_to_make_one(tmp_path: Path) -> None:
    client = TestClient(create_app(Settings(), console=Console(tmp_path / "none")))
    answer = client.get("/")
    assert answer.status_code == 503
    assert "make run" in answer.text


def test_only_reading_is_answered_with_a_page(client: TestClient) -> None:
    assert client.post("/prompts").status_code == 404
    assert client.head("/").status_code == 200
