"""`trimtab dashboards`: dashboards as files, under version control, applied by whoever deploys."""

import difflib
from typing import Any, TextIO

import click
import msgspec

from trimtab.base.errors import InvalidInput, NotFound
from trimtab.cli.connection import Api, with_api
from trimtab.cli.output import as_json_option, print_json, print_table
from trimtab.sdk.transport import part
from trimtab.traces.dashboards import as_code
from trimtab.traces.dashboards.panel import Dashboard


@click.group()
def dashboards() -> None:
    """Keep dashboards as code."""


@dashboards.command("list")
@as_json_option
@with_api
def list_dashboards(api: Api, *, as_json: bool) -> None:
    """List the dashboards of the product and of the project."""
    found = list(api.items("/dashboards"))
    if as_json:
        print_json(found)
        return
    rows = [
        (
            each["name"],
            each["title"],
            "built in" if each["is_builtin"] else each["updated_by"],
            each["updated_at"][:19].replace("T", " ") if each["updated_at"] else None,
            each["description"][:60],
        )
        for each in found
    ]
    print_table(("name", "title", "by", "changed (UTC)", "description"), rows, empty="No dashboards.")


@dashboards.command("show")
@click.argument("name")
@as_json_option
@with_api
def show(api: Api, *, name: str, as_json: bool) -> None:
    """Print a dashboard as YAML, ready to be changed and applied.

    A built-in one must be given another name before it is applied.
    """
    found = api.send("GET", f"/dashboards/{part(name)}")
    if as_json:
        print_json(found)
        return
    click.echo(_yaml(found["dashboard"]), nl=False)


@dashboards.command("apply")
@click.argument("files", nargs=-1, required=True, type=click.File(encoding="utf-8"))
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@with_api
def apply(api: Api, *, files: tuple[TextIO, ...], dry_run: bool) -> None:
    """Make or change the dashboards that FILES describe, in YAML or JSON, and print what changed; - reads from stdin.

    All files are read and checked before the first is applied. What is the same already is left alone.
    """
    wanted = [_read(file) for file in files]
    for dashboard in wanted:
        _apply(api, dashboard, dry_run=dry_run)


@dashboards.command("delete")
@click.argument("name")
@with_api
def delete(api: Api, *, name: str) -> None:
    """Delete a dashboard of the project."""
    api.send("DELETE", f"/dashboards/{part(name)}")
    click.echo(f"Deleted {name}.", err=True)


def _apply(api: Api, dashboard: dict[str, Any], *, dry_run: bool) -> None:
    name = dashboard["name"]
    before = _present(api, name)
    old = _yaml(before["dashboard"]) if before else ""
    new = _yaml(dashboard)
    if old == new:
        click.echo(f"{name}: nothing changed")
        return
    there, here = f"{name} (there)", f"{name} (here)"
    for line in difflib.unified_diff(old.splitlines(), new.splitlines(), there, here, n=2, lineterm=""):
        click.echo(_coloured(line))
    # Of a built-in one the server says that it cannot be changed.
    revision = (before["revision"] or 0) if before else 0
    if not dry_run:
        kept = api.send("PUT", f"/dashboards/{part(name)}", body={"dashboard": dashboard, "revision": revision})
        click.echo(f"{name}: {'changed' if before else 'made'}, revision {kept['revision']}")


def _present(api: Api, name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = api.send("GET", f"/dashboards/{part(name)}")
    except NotFound:
        return None
    return found


def _read(file: TextIO) -> dict[str, Any]:
    """Return the dashboard in a file; it is checked here too, so that a fault has the name of its file.

    Raises:
        InvalidInput: it is no dashboard.
    """
    try:
        found: dict[str, Any] = msgspec.to_builtins(as_code.read(file.read()))
    except InvalidInput as error:
        raise InvalidInput(f"{file.name}: {error.message}", hint=error.hint) from error
    return found


def _yaml(dashboard: dict[str, Any]) -> str:
    return as_code.write(msgspec.convert(dashboard, Dashboard))


def _coloured(line: str) -> str:
    colours = {"+": "green", "-": "red", "@": "cyan"}
    return click.style(line, fg=colours.get(line[:1]))
