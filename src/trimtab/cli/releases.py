"""Moving prompts from the command line: release, go back, and see what was when. Part of `trimtab prompts`."""

import json
from collections.abc import Sequence
from typing import Any, TypedDict, Unpack

import click

from trimtab.base.errors import InvalidInput
from trimtab.cli.connection import Api, with_api
from trimtab.cli.output import as_json_option, print_json, print_table
from trimtab.cli.prompt_name import prompt_named


class _Wanted(TypedDict):
    """The options of `release` that say what is to be live."""

    environment: str
    model: str | None
    settings: tuple[str, ...]
    overridable: tuple[str, ...]
    note: str


@click.command("release", short_help="Make a version live in an environment.")
@click.argument("name")
@click.argument("version", type=int, required=False)
@click.option("--to", "environment", default="production", show_default=True, help="The environment.")
@click.option("--model", help="provider/model or an alias; that of the live release unless it is given.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter, such as temperature=0.2.")
@click.option("--overridable", multiple=True, help="A parameter that callers may set; * for all.")
@click.option("--note", default="", help="Why.")
@as_json_option
@with_api
def release(
    api: Api,
    *,
    name: str,
    version: int | None,
    as_json: bool,
    **wanted: Unpack[_Wanted],
) -> None:
    """Make VERSION (the newest unless it is given) live in an environment.

    What is not given is kept from what is live there; if somebody else releases in the meantime, nothing happens.
    """
    prompt = prompt_named(api, name)
    environment = wanted["environment"]
    live = _live(api, prompt, environment)
    if wanted["model"] is None and live is None:
        raise InvalidInput(f"nothing of {name!r} is live in {environment}, so a model is needed", hint="Add --model.")
    kept = live or {"id": "", "model": "", "parameters": {}, "overridable": []}
    body = {
        "prompt_id": prompt["id"],
        "environment": environment,
        "version": prompt["latest_version"] if version is None else version,
        "model": wanted["model"] or kept["model"],
        "parameters": {**kept["parameters"], **parsed(wanted["settings"])},
        "overridable": list(wanted["overridable"]) or kept["overridable"],
        "note": wanted["note"],
        "expected_live_id": kept["id"],
    }
    made = api.send("POST", "/releases", body=body)
    for warning in made["warnings"]:
        click.echo(f"{click.style('warning:', fg='yellow')} {warning}", err=True)
    if as_json:
        print_json(made)
        return
    click.echo(f"{name} version {made['version']} is live in {environment} with {made['model']}.")


@click.command("rollback")
@click.argument("name")
@click.option("--in", "environment", default="production", show_default=True, help="The environment.")
@click.option("--to", "release_id", help="Id of an earlier release; the one before the live one unless it is given.")
@click.option("--note", default="", help="Why.")
@as_json_option
@with_api
def rollback(api: Api, *, name: str, environment: str, release_id: str | None, note: str, as_json: bool) -> None:
    """Make live again what was live before."""
    prompt = prompt_named(api, name)
    body = {"prompt_id": prompt["id"], "environment": environment, "note": note, "to_release_id": release_id}
    made = api.send("POST", "/releases/rollback", body=body)
    if as_json:
        print_json(made)
        return
    click.echo(f"{name} version {made['version']} is live in {environment} again, with {made['model']}.")


@click.command("history")
@click.argument("name")
@click.option("--environment", default="", help="All of them unless it is given.")
@click.option("--limit", type=click.IntRange(1, 200), default=20, show_default=True)
@as_json_option
@with_api
def history(api: Api, *, name: str, environment: str, limit: int, as_json: bool) -> None:
    """Show what was released where, newest first."""
    prompt = prompt_named(api, name)
    found = api.send("GET", "/releases", prompt_id=prompt["id"], environment=environment, limit=limit)["items"]
    if as_json:
        print_json(found)
        return
    rows = [
        (
            each["created_at"][:19].replace("T", " "),
            each["environment"],
            f"v{each['version']}" + (" *" if each["is_live"] else ""),
            each["action"],
            each["model"],
            each["author"]["name"],
            each["note"][:60],
            each["id"],
        )
        for each in found
    ]
    titles = ("when (UTC)", "environment", "version", "action", "model", "by", "note", "release")
    print_table(titles, rows, empty=f"{name} was never released.")
    if rows:
        click.echo("* live now")


def _live(api: Api, prompt: dict[str, Any], environment: str) -> dict[str, Any] | None:
    """Return what is live for the prompt in the environment."""
    here = [each for each in prompt["live"] if each["environment"] == environment]
    if not here:
        return None
    for each in api.items("/releases", prompt_id=prompt["id"], environment=environment):
        if each["id"] == here[0]["release_id"]:
            return each
    return None


def pairs(settings: Sequence[str]) -> dict[str, str]:
    """Return what `NAME=VALUE` texts say.

    Raises:
        InvalidInput: one has no `=`.
    """
    found: dict[str, str] = {}
    for setting in settings:
        name, separator, value = setting.partition("=")
        if not separator or not name:
            raise InvalidInput(f"expected NAME=VALUE, found {setting!r}")
        found[name] = value
    return found


def parsed(settings: Sequence[str]) -> dict[str, Any]:
    """Return what `NAME=VALUE` texts say, a value that is JSON as what it stands for, any other as text."""
    return {name: _value(text) for name, text in pairs(settings).items()}


def _value(text: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    try:
        return json.loads(text)
    except ValueError:
        return text
