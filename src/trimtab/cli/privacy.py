"""`trimtab privacy`: delete what there is of a user, a session or a trace, and check the proof that it was done."""

from pathlib import Path
from typing import Any

import click

from trimtab.base.errors import InvalidInput
from trimtab.cli.connection import Api, with_api
from trimtab.cli.output import as_json_option, print_json, print_table
from trimtab.sdk.transport import part
from trimtab.traces.privacy import deletion as rule

_KINDS = ("user", "session", "trace")


@click.group()
def privacy() -> None:
    """Delete what there is of somebody, and check the proof."""


@privacy.command("delete")
@click.argument("kind", type=click.Choice(_KINDS))
@click.argument("value")
@click.option("--yes", is_flag=True, help="Do not ask; what is deleted cannot be brought back.")
@as_json_option
@with_api
def delete(api: Api, *, kind: str, value: str, yes: bool, as_json: bool) -> None:
    """Delete everything of a user, a session or a trace."""
    body = {"kind": kind, "value": value}
    if not yes:
        found = api.send("POST", "/privacy/deletions/preview", body=body)["counts"]
        print_table(
            ("where", "what happens", "rows"),
            [(count["name"], count["action"], str(count["before"])) for count in found],
            empty=f"Nothing is stored of this {kind}.",
        )
        click.confirm("Delete it for good?", abort=True, err=True)
    made = api.send("POST", "/privacy/deletions", body=body)
    if as_json:
        print_json(made)
        return
    click.echo(made["id"])
    click.echo(f"It is {made['state']}; see how far it is: trimtab privacy show {made['id']}", err=True)


@privacy.command("show")
@click.argument("deletion_id")
@as_json_option
@with_api
def show(api: Api, *, deletion_id: str, as_json: bool) -> None:
    """Show how far a deletion is."""
    found: dict[str, Any] = api.send("GET", f"/privacy/deletions/{part(deletion_id)}")
    if as_json:
        print_json(found)
        return
    click.echo(f"{found['state']}: {found['waiting_for']}" if found["waiting_for"] else found["state"])
    rows = [
        (count["name"], count["action"], str(count["before"]), "" if count["after"] is None else str(count["after"]))
        for count in found["counts"]
    ]
    print_table(("where", "what happens", "before", "after"), rows, empty="Nothing was counted yet.")


@privacy.command("proof")
@click.argument("deletion_id")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_api
def proof(api: Api, *, deletion_id: str, file: Path) -> None:
    """Write the proof of a complete deletion to a file."""
    found = api.send("GET", f"/privacy/deletions/{part(deletion_id)}/proof")
    file.write_text(rule.written(found), encoding="utf-8")
    click.echo(f"Wrote {file}.", err=True)


@privacy.command("key")
@with_api
def key(api: Api) -> None:
    """Print the public key of the installation, for `verify --key`."""
    click.echo(api.send("GET", "/privacy/signing-key")["public_key"])


@privacy.command("verify")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", "public_key", help="Public key of the installation; without it, the one in the file is used.")
@click.option(
    "--after", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The proof before this one."
)
def verify(file: Path, public_key: str | None, after: Path | None) -> None:
    """Check that a proof of deletion is unchanged. It needs no server."""
    document = file.read_bytes()
    found = rule.verify(document, public_key)
    if not found.is_intact:
        raise InvalidInput(f"{str(file)!r} is no valid proof: {found.reason}")
    if after is not None and not rule.follows(document, after.read_bytes()):
        raise InvalidInput(f"{str(file)!r} does not follow {str(after)!r}: it names another proof before it")
    click.echo(f"Valid: {found.reason}.")
    if public_key is None:
        click.echo("Made by the key in the file; compare it with `trimtab privacy key`, or pass it as --key.", err=True)
