"""`trimtab providers`: where models come from."""

from typing import Any, TextIO

import click

from trimtab.base.errors import NotFound
from trimtab.cli.connection import Api, with_api
from trimtab.cli.output import as_json_option, print_json, print_table
from trimtab.sdk.transport import part


@click.group()
def providers() -> None:
    """Connect providers of models."""


@providers.command("list")
@as_json_option
@with_api
def list_providers(api: Api, *, as_json: bool) -> None:
    """List the providers of the project."""
    found = list(api.items("/providers"))
    if as_json:
        print_json(found)
        return
    rows = [
        (each["name"], each["kind"], each["base_url"], _secret(each), len(each["models"]) or None) for each in found
    ]
    empty = "No providers. Connect one: trimtab providers add openai --kind openai"
    print_table(("name", "kind", "base url", "secret", "models"), rows, empty=empty)


def _secret(provider: dict[str, Any]) -> str | None:
    if not provider["has_secret"]:
        return None
    return f"…{provider['secret_hint']}" if provider["secret_hint"] else "yes"


@providers.command("add")
@click.argument("name")
@click.option("--kind", help="Such as openai, anthropic or ollama; the name unless it is given.")
@click.option("--base-url", default="", help="Where it is, if not where its kind is.")
@click.option(
    "--secret-file", type=click.File(), help="File with the secret, - for standard input; else you are asked."
)
@click.option("--no-secret", is_flag=True, help="It needs no secret.")
@click.option("--model", "models", multiple=True, help="A model to list; more than once for more.")
@as_json_option
@with_api
def add_provider(
    api: Api,
    *,
    name: str,
    kind: str | None,
    base_url: str,
    secret_file: TextIO | None,
    no_secret: bool,
    models: tuple[str, ...],
    as_json: bool,
) -> None:
    """Connect a provider. Its secret is never taken from the command line, where others could see it."""
    secret = ""
    if secret_file is not None:
        secret = secret_file.read().strip()
    elif not no_secret:
        secret = click.prompt("Secret", hide_input=True, default="", show_default=False, err=True)
    body = {"name": name, "kind": kind or name, "base_url": base_url, "secret": secret, "models": list(models)}
    made = api.send("POST", "/providers", body=body)
    if as_json:
        print_json(made)
        return
    click.echo(f"Connected {made['name']} ({made['base_url']}). Check it: trimtab providers check {made['name']}")


@providers.command("check")
@click.argument("name")
@as_json_option
@with_api
@click.pass_context
def check_provider(context: click.Context, api: Api, *, name: str, as_json: bool) -> None:
    """Ask a provider, live, whether it takes the secret and which models it has; exit code 1 if it does not."""
    result = api.send("POST", f"/providers/{part(_id_of(api, name))}/check")
    if as_json:
        print_json(result)
    else:
        mark = click.style("ok", fg="green") if result["ok"] else click.style("not ok", fg="red")
        click.echo(f"{mark}: {result['message']} ({result['latency_ms']:.0f} ms)")
        for model in result["models"]:
            click.echo(f"  {name}/{model}")
    if not result["ok"]:
        context.exit(1)


@providers.command("remove")
@click.argument("name")
@with_api
def remove_provider(api: Api, *, name: str) -> None:
    """Remove a provider and its secret."""
    api.send("DELETE", f"/providers/{part(_id_of(api, name))}")
    click.echo(f"Removed {name}.", err=True)


def _id_of(api: Api, name: str) -> str:
    known = {str(each["name"]): str(each["id"]) for each in api.items("/providers")}
    if name not in known:
        raise NotFound(f"there is no provider {name!r}; known: {', '.join(known) or 'none yet'}")
    return known[name]
