"""`trimtab prompts`: write, show, compare and render. What moves prompts to environments is in `releases`."""

import json
from pathlib import Path
from typing import Any, TextIO

import click

from trimtab.base.errors import InvalidInput
from trimtab.cli import releases
from trimtab.cli.connection import Api, with_api
from trimtab.cli.output import as_json_option, print_json, print_table
from trimtab.cli.prompt_name import prompt_named
from trimtab.sdk.transport import part

_MARKS = {"added": ("+", "green"), "removed": ("-", "red"), "same": (" ", None)}


@click.group()
def prompts() -> None:
    """Write, compare, render and release prompts."""


prompts.add_command(releases.release)
prompts.add_command(releases.rollback)
prompts.add_command(releases.history)


@prompts.command("list", short_help="List the prompts and what is live where.")
@click.option("--search", default="", help="In the name or the description.")
@as_json_option
@with_api
def list_prompts(api: Api, *, search: str, as_json: bool) -> None:
    """List the prompts and where which version is live."""
    found = list(api.items("/prompts", q=search))
    if as_json:
        print_json(found)
        return
    rows = [
        (
            prompt["name"],
            prompt["kind"],
            prompt["latest_version"],
            [f"{live['environment']} v{live['version']}" for live in prompt["live"]],
            prompt["description"][:60],
        )
        for prompt in found
    ]
    print_table(("name", "kind", "latest", "live", "description"), rows, empty="No prompts.")


@prompts.command("show", short_help="Show a version.")
@click.argument("name")
@click.option("--version", "number", type=int, help="The newest unless it is given.")
@as_json_option
@with_api
def show_prompt(api: Api, *, name: str, number: int | None, as_json: bool) -> None:
    """Show a version: its messages, its variables, who wrote it and why."""
    prompt = prompt_named(api, name)
    version = _version(api, prompt, number)
    if as_json:
        print_json(version)
        return
    author = version["author"]["name"]
    click.echo(
        click.style(f"{name} version {version['number']}", bold=True) + f"  by {author}, {version['created_at']}"
    )
    if version["message"]:
        click.echo(f"  {version['message']}")
    for message in version["messages"]:
        click.echo(click.style(f"\n[{message['role']}]", fg="cyan"))
        click.echo(message["template"])
    for variable in version["variables"]:
        default = "" if variable["default"] is None else f" = {json.dumps(variable['default'], ensure_ascii=False)}"
        optional = "" if variable["required"] else " (optional)"
        click.echo(f"\n{variable['name']}: {variable['type']}{default}{optional}  {variable['description']}".rstrip())


def _version(api: Api, prompt: dict[str, Any], number: int | None) -> dict[str, Any]:
    wanted = prompt["latest_version"] if number is None else number
    found: dict[str, Any] = api.send("GET", f"/prompts/{part(prompt['id'])}/versions/{wanted}")
    return found


_CONTENT = click.option(
    "--file",
    "file",
    type=click.File(encoding="utf-8"),
    required=True,
    help="JSON with `messages` and `variables`, as `show --json` prints it; - for standard input.",
)
_WHY = click.option("-m", "--message", default="", help="Why this version was written.")


@prompts.command("create")
@click.argument("name")
@_CONTENT
@_WHY
@click.option("--kind", type=click.Choice(["chat", "text"]), default="chat", show_default=True)
@click.option("--description", default="")
@as_json_option
@with_api
def create_prompt(
    api: Api, *, name: str, file: TextIO, message: str, kind: str, description: str, as_json: bool
) -> None:
    """Make a prompt with its first version."""
    version = {**_content(file), "message": message}
    body = {"name": name, "kind": kind, "description": description, "version": version}
    made = api.send("POST", "/prompts", body=body)
    _warn(made["version"]["warnings"])
    if as_json:
        print_json(made)
        return
    click.echo(f"Created {name} with version 1.")


@prompts.command("describe", short_help="Change the description.")
@click.argument("name")
@click.argument("description")
@as_json_option
@with_api
def describe_prompt(api: Api, *, name: str, description: str, as_json: bool) -> None:
    """Give a prompt another DESCRIPTION; an empty one takes it away."""
    prompt = prompt_named(api, name)
    changed = api.send("PATCH", f"/prompts/{part(prompt['id'])}", body={"description": description})
    if as_json:
        print_json(changed)
        return
    click.echo(f"{name} is described as {description!r}." if description else f"{name} has no description now.")


@prompts.command("push-version", short_help="Add a version.")
@click.argument("name")
@_CONTENT
@_WHY
@click.option("--base", type=int, help="The version that this builds on; refused if it is not the newest any more.")
@as_json_option
@with_api
def push_version(api: Api, *, name: str, file: TextIO, message: str, base: int | None, as_json: bool) -> None:
    """Add a version; if it says what the newest says, nothing is added."""
    prompt = prompt_named(api, name)
    body = {**_content(file), "message": message, "base_version": base}
    made = api.send("POST", f"/prompts/{part(prompt['id'])}/versions", body=body)
    _warn(made["warnings"])
    if as_json:
        print_json(made)
        return
    is_new = made["number"] > prompt["latest_version"]
    click.echo(f"{name} is at version {made['number']}" + ("." if is_new else "; nothing has changed."))


def _content(file: TextIO) -> dict[str, Any]:
    """Return the messages and variables in a file; whatever else it holds is left out."""
    try:
        content = json.load(file)
    except ValueError as error:
        raise InvalidInput(f"{Path(file.name).name} is not JSON: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("messages"), list):
        raise InvalidInput(
            f"{Path(file.name).name} has no list `messages`",
            hint='It looks like {"messages": [{"role": "user", "template": "..."}], "variables": []}',
        )
    return {"messages": content["messages"], "variables": content.get("variables", [])}


def _warn(warnings: list[str]) -> None:
    for warning in warnings:
        click.echo(f"{click.style('warning:', fg='yellow')} {warning}", err=True)


@prompts.command("diff", short_help="Compare two versions.")
@click.argument("name")
@click.argument("before", type=int, required=False)
@click.argument("after", type=int, required=False)
@as_json_option
@with_api
def diff_versions(api: Api, *, name: str, before: int | None, after: int | None, as_json: bool) -> None:
    """Show what leads from version BEFORE to version AFTER; without them, from the last but one to the newest."""
    prompt = prompt_named(api, name)
    to = prompt["latest_version"] if after is None else after
    start = max(1, to - 1) if before is None else before
    diff = api.send("GET", f"/prompts/{part(prompt['id'])}/diff", **{"from": start, "to": to})
    if as_json:
        print_json(diff)
        return
    click.echo(click.style(f"{name}: version {start} to {to}", bold=True))
    for message in diff["messages"]:
        _print_message(message)
    for variable in diff["variables"]:
        click.echo(f"variable {variable['name']}: {variable['change']}")


def _print_message(message: dict[str, Any]) -> None:
    roles = dict.fromkeys(role for role in (message["role_from"], message["role_to"]) if role)
    click.echo(click.style(f"\n[{' -> '.join(roles)}] {message['change']}", fg="cyan"))
    if message["change"] == "same":
        return
    for line in message["lines"]:
        mark, colour = _MARKS[line["op"]]
        click.echo(click.style(f"{mark} {line['text']}", fg=colour))


@prompts.command("render", short_help="Render a version with values.")
@click.argument("name")
@click.option("--version", "number", type=int, help="The newest unless it, or an environment, is given.")
@click.option("--environment", help="What is live there.")
@click.option("-v", "--value", "values", multiple=True, metavar="NAME=VALUE", help="A variable's value.")
@as_json_option
@with_api
def render_prompt(
    api: Api, *, name: str, number: int | None, environment: str | None, values: tuple[str, ...], as_json: bool
) -> None:
    """Render a version, or what is live in an environment, with values."""
    if environment is not None:
        version = api.send("GET", "/prompts/resolve", name=name, environment=environment)
    else:
        version = _version(api, prompt_named(api, name), number)
    content = {"messages": version["messages"], "variables": version["variables"]}
    rendered = api.send("POST", "/prompts/render", body={**content, "values": releases.pairs(values)})
    if as_json:
        print_json(rendered["messages"])
        return
    for message in rendered["messages"]:
        click.echo(click.style(f"[{message['role']}]", fg="cyan"))
        click.echo(message["content"])
