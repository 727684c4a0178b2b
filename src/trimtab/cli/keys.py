"""`trimtab keys`: API keys of a project."""

from datetime import UTC, datetime

import click

from trimtab.cli.connection import Api, with_api
from trimtab.cli.output import as_json_option, print_json, print_table
from trimtab.sdk.transport import part

_SCOPES = ("call", "read", "write", "release", "admin")


@click.group()
def keys() -> None:
    """Make and revoke API keys."""


@keys.command("list")
@as_json_option
@with_api
def list_keys(api: Api, *, as_json: bool) -> None:
    """List the keys, newest first, revoked ones included."""
    found = list(api.items("/keys"))
    if as_json:
        print_json(found)
        return
    rows = [
        (key["id"], key["name"], key["label"] + "…", key["scopes"], key["environment"], _state(key)) for key in found
    ]
    print_table(
        ("id", "name", "key", "scopes", "environment", "state"),
        rows,
        empty="No keys. Make one: trimtab keys create NAME",
    )


def _state(key: dict[str, str | None]) -> str:
    if key["revoked_at"]:
        return "revoked"
    expires_at = key["expires_at"]
    if expires_at is None:
        return "in use"
    return "expired" if datetime.fromisoformat(expires_at) <= datetime.now(UTC) else f"until {expires_at[:10]}"


@keys.command("create")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(_SCOPES), default=("call",), show_default=True)
@click.option("--environment", default="production", show_default=True, help="Where calls with this key happen.")
@click.option("--expires", type=click.DateTime(), help="When it ends, in UTC.")
@as_json_option
@with_api
def create_key(
    api: Api, *, name: str, scopes: tuple[str, ...], environment: str, expires: datetime | None, as_json: bool
) -> None:
    """Make a key and print it: it is shown this once."""
    body = {"name": name, "scopes": list(scopes), "environment": environment}
    if expires is not None:
        body["expires_at"] = expires.replace(tzinfo=UTC).isoformat()
    made = api.send("POST", "/keys", body=body)
    if as_json:
        print_json(made)
        return
    click.echo(made["secret"])
    click.echo(f"Key {name!r} ({made['key']['id']}): keep it now, it is not shown again.", err=True)


@keys.command("revoke")
@click.argument("key_id")
@with_api
def revoke_key(api: Api, *, key_id: str) -> None:
    """Revoke a key by its id; the gateway refuses it within a second."""
    api.send("DELETE", f"/keys/{part(key_id)}")
    click.echo(f"Revoked {key_id}.", err=True)
