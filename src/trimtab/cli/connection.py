"""How a command reaches the server: options, the environment, or what `trimtab up` left in its data folder.

The key in the data folder is only ever sent to the server that wrote it there.
"""

import functools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import click

from trimtab.base.errors import BadSetting
from trimtab.sdk.connection import connect, given
from trimtab.sdk.transport import Transport, part

P = ParamSpec("P")
R = TypeVar("R")

_FILE = "cli.json"


class Api:
    """The management API of one project."""

    def __init__(self, transport: Transport, project_id: str) -> None:
        """Talk through `transport`; an empty project means that of the key."""
        self._transport = transport
        self._project_id = project_id

    def send(self, method: str, path: str, *, body: object = None, **query: object) -> Any:  # noqa: ANN401 - JSON
        """Return what the server answers to a request below the project; `path` is already quoted where it needs it."""
        return self._transport.send(method, f"/projects/{part(self._project())}{path}", body=body, query=query).body

    def download(self, path: str, write: Callable[[bytes], object], **query: object) -> None:
        """Hand over a file below the project as it comes, piece by piece."""
        self._transport.download(f"/projects/{part(self._project())}{path}", write, query=query)

    def items(self, path: str, **query: object) -> Iterator[dict[str, Any]]:
        """Yield every item of a list, page by page."""
        cursor: str | None = None
        while True:
            answer = self.send("GET", path, limit=200, cursor=cursor, **query)
            yield from answer["items"]
            cursor = answer["next"]
            if cursor is None:
                return

    def _project(self) -> str:
        if not self._project_id:
            items = self._transport.send("GET", "/projects", query={"limit": 2}).body["items"]
            if len(items) != 1:
                raise BadSetting(f"this key sees {len(items)} projects", hint="Name one with --project.")
            self._project_id = str(items[0]["id"])
        return self._project_id


def with_api(command: Callable[Concatenate[Api, P], R]) -> Callable[P, R]:
    """Give a command the options that find the server, and the API as its first argument."""

    @click.option("--url", help="Address of the server. [env: TRIMTAB_URL]")
    @click.option("--project", "project_id", help="Id of the project. [env: TRIMTAB_PROJECT]")
    @click.option(
        "--data",
        "data_dir",
        metavar="DIR",
        type=click.Path(path_type=Path),
        default="data",
        envvar="TRIMTAB_DATA_DIR",
        show_default=True,
        show_envvar=True,
        help="Data folder of `trimtab up` on this machine.",
    )
    @functools.wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        url, project_id, data_dir = (kwargs.pop(name) for name in ("url", "project_id", "data_dir"))
        api = _open(_text(url), _text(project_id), Path(str(data_dir)))
        return command(api, *args, **kwargs)

    return wrapped


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _open(url: str | None, project_id: str | None, data_dir: Path) -> Api:
    kept = {} if given("TRIMTAB_API_KEY") else _left_behind(data_dir)
    wanted = url or given("TRIMTAB_URL")
    if wanted and wanted.rstrip("/") != str(kept.get("server_url", "")).rstrip("/"):
        kept = {}
    if not (kept.get("command_key") or given("TRIMTAB_API_KEY")):
        raise BadSetting(
            f"there is no API key: TRIMTAB_API_KEY is not set, and {str(data_dir / _FILE)!r} has none for this server",
            hint="Run this where `trimtab up` was run, name its folder with --data, or make a key in the console.",
        )
    connection = connect(
        base_url=url or kept.get("server_url"),
        api_key=kept.get("command_key"),
        project_id=project_id or given("TRIMTAB_PROJECT") or kept.get("project_id"),
    )
    return Api(Transport(connection), connection.project_id)


def _left_behind(data_dir: Path) -> dict[str, str]:
    """Return what `trimtab up` left in its data folder, nothing if it left nothing."""
    path = data_dir / _FILE
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise BadSetting(
            f"{str(path)!r} cannot be read: {error}", hint="Set TRIMTAB_URL and TRIMTAB_API_KEY instead."
        ) from error
    return {name: str(value) for name, value in content.items()} if isinstance(content, dict) else {}
