"""Serves the built console: the files of one folder, and its start page for every address that it routes itself.

The files are few and small, so each is read once and kept with its compressed form until a new build replaces it.
Names under `/assets/` have a hash of the content in them and never change; everything else is asked for anew, and
answered briefly when it is the same.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.responses import HTMLResponse, Response

FOLDER: Final = Path(__file__).parent / "console"

# What machines ask for: they get JSON errors, never a page.
_NOT_PAGES: Final = ("/api/", "/internal/", "/health/", "/v1/", "/metrics")
_COMPRESSED: Final = frozenset({".html", ".js", ".css", ".svg", ".json", ".map", ".txt", ".webmanifest"})
_FOREVER: Final = "public, max-age=31536000, immutable"
_ASK_AGAIN: Final = "no-cache"

_NOT_BUILT: Final = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Trimtab</title><style>
body { font: 16px/1.6 system-ui, sans-serif; max-width: 36rem; margin: 15vh auto; padding: 0 1.5rem; }
code { background: #8883; padding: .1em .4em; border-radius: .3em; }
:root { color-scheme: light dark; }
</style></head>
<body>
<h1>The server runs; its console is not built</h1>
<p>In a clone of the repository, <code>make run</code> builds it. The API is at <code>/api/v1</code>, described by
<a href="/api/v1/openapi.json">openapi.json</a>.</p>
</body>
</html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    body: bytes
    gzipped: bytes | None
    etag: str
    media_type: str
    cache_control: str
    written_ns: int


class Console:
    """The built console in a folder, which may be missing."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Serve `folder`; a build that comes later is seen at once."""
        self._folder = folder.resolve()
        self._files: dict[str, _File] = {}

    def respond(self, path: str, headers: Mapping[str, str]) -> Response | None:
        """Return the answer to a GET of `path`, None when it is not for the console."""
        if path.startswith(_NOT_PAGES):
            return None
        name = path.lstrip("/")
        found = self._load(name) if name else None
        if found is None and name.startswith("assets/"):
            return None
        found = found or self._load("index.html")
        if found is None:
            return HTMLResponse(_NOT_BUILT, status_code=503)
        return _answer(found, headers)

    def _load(self, name: str) -> _File | None:
        if not name.isprintable():
            return None
        path = (self._folder / name).resolve()
        if not path.is_relative_to(self._folder) or not path.is_file():
            return None
        written_ns = path.stat().st_mtime_ns
        known = self._files.get(name)
        if known is not None and known.written_ns == written_ns:
            return known
        body = path.read_bytes()
        file = _File(
            body=body,
            gzipped=gzip.compress(body, 6, mtime=0) if path.suffix in _COMPRESSED else None,
            etag=f'"{hashlib.sha256(body).hexdigest()[:32]}"',
            media_type=mimetypes.guess_type(path.name)[0] or "application/octet-stream",
            cache_control=_FOREVER if name.startswith("assets/") else _ASK_AGAIN,
            written_ns=written_ns,
        )
        self._files[name] = file
        return file


def _answer(file: _File, headers: Mapping[str, str]) -> Response:
    common = {"cache-control": file.cache_control, "etag": file.etag, "vary": "accept-encoding"}
    if headers.get("if-none-match") == file.etag:
        return Response(status_code=304, headers=common)
    if file.gzipped is not None and "gzip" in headers.get("accept-encoding", ""):
        return Response(file.gzipped, media_type=file.media_type, headers={**common, "content-encoding": "gzip"})
    return Response(file.body, media_type=file.media_type, headers=common)
