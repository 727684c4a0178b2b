"""ClickHouse's HTTP interface, as much of it as a client needs, in front of the same engine embedded.

No ClickHouse server can be installed from the package indexes, but its engine can: this lets the HTTP adapter be tested
against the real SQL, formats, limits and error texts. It runs as a process of its own, since a process can have one
embedded store open: `python clickhouse_front.py FOLDER` prints the port it listens on and serves until it is killed.
"""

import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa
from chdb.state import connect

_INSERT = re.compile(rb"\s*INSERT INTO\s+(?P<table>\S+)\s*(?P<columns>\(.*?\))?\s*FORMAT Arrow\s*", re.DOTALL)
_APPLIED = {
    "max_memory_usage": "max_memory_usage",
    "max_execution_time": "max_execution_time",
    "insert_deduplication_token": "insert_deduplication_token",
    "exclude_materialize_skip_indexes_on_insert": "exclude_materialize_skip_indexes_on_insert",
    # A batch arrives here as a SELECT, for which the same strictness has another name.
    "input_format_null_as_default": "insert_null_as_default",
}


class Front(BaseHTTPRequestHandler):
    """Answers one request on a connection of its own."""

    protocol_version = "HTTP/1.1"
    folder: ClassVar[str]

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self._body())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
        """Stay silent: the standard output carries the port."""

    def _body(self) -> bytes:
        if self.headers.get("transfer-encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, body: bytes) -> None:
        query = {
            name: values[-1] for name, values in parse_qs(urlsplit(self.path).query, keep_blank_values=True).items()
        }
        statement = query.get("query", "").encode()
        try:
            self._send(200, run(self.folder, (statement + b"\n" + body) if statement else body, query))
        except RuntimeError as error:
            code = re.search(r"Code: (\d+)", str(error))
            self._send(500, str(error).encode(), {"X-ClickHouse-Exception-Code": code[1] if code else "1002"})

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), "X-ClickHouse-Summary": "{}", **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def run(folder: str, statement: bytes, query: dict[str, str]) -> bytes:
    """Run one statement with its parameters and settings; return its output in the format that it names."""
    parameters = {name.removeprefix("param_"): value for name, value in query.items() if name.startswith("param_")}
    settings = [f"{applied} = {_literal(query[name])}" for name, applied in _APPLIED.items() if name in query]
    connection: Any = connect(folder)
    try:
        if query.get("database", "default") != "default":
            connection.query(f"USE `{query['database']}`")
        if insert := _INSERT.match(statement):
            return _insert(connection, insert, statement[insert.end() :], settings)
        for setting in settings:
            connection.query(f"SET {setting}")
        output = connection.query(statement.decode(), query.get("default_format", "TabSeparated"), params=parameters)
        return bytes(output.bytes())
    finally:
        connection.close()


def _literal(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _insert(connection: Any, insert: re.Match[bytes], data: bytes, settings: list[str]) -> bytes:
    batch = pa.ipc.open_file(data).read_all()
    names = ", ".join(f"`{name}`" for name in batch.column_names)
    columns = (insert["columns"] or f"({names})".encode()).decode()
    suffix = f" SETTINGS {', '.join(settings)}" if settings else ""
    table = insert["table"].decode()
    connection.query(f"INSERT INTO {table} {columns} SELECT {names} FROM Python(batch){suffix}")  # noqa: S608 - a test
    return b""


if __name__ == "__main__":
    Front.folder = sys.argv[1]
    anchor = connect(Front.folder)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Front)
    print(server.server_address[1], flush=True)
    server.serve_forever()
