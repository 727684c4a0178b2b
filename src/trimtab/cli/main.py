"""The `trimtab` command. A group's file is loaded when its command is called, so that `--help` answers at once."""

import importlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, cast

import click

from trimtab import __version__
from trimtab.base.errors import (
    BadSetting,
    Conflict,
    Forbidden,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    TooLarge,
    TooManyRequests,
    TrimtabError,
    Unavailable,
)


@dataclass(frozen=True, slots=True)
class _Command:
    target: str
    """`module:attribute` of the click command."""
    help: str


_COMMANDS: Final[Mapping[str, _Command]] = {
    "up": _Command("trimtab.cli.up:up", "Start Trimtab here: console, gateway, local model."),
    "prompts": _Command("trimtab.cli.prompts:prompts", "Write, compare, render and release prompts."),
    "providers": _Command("trimtab.cli.providers:providers", "Connect providers of models."),
    "keys": _Command("trimtab.cli.keys:keys", "Make and revoke API keys."),
    "prices": _Command("trimtab.cli.prices:prices", "Set prices, and see why a call costs what it does."),
    "costs": _Command("trimtab.cli.costs:costs", "See, correct, compare and export what calls cost."),
    "dashboards": _Command("trimtab.cli.dashboards:dashboards", "Keep dashboards as code."),
    "traces": _Command("trimtab.cli.traces:traces", "Find calls by a query, and see what happened in them."),
    "privacy": _Command("trimtab.cli.privacy:privacy", "Delete what there is of somebody, and check the proof."),
    "admin": _Command("trimtab.cli.admin:admin", "Look after an installation on this machine."),
}

EXIT_CODES: Final[Mapping[type[TrimtabError], int]] = {
    BadSetting: 2,
    InvalidInput: 3,
    TooLarge: 3,
    NotAuthenticated: 4,
    Forbidden: 4,
    NotFound: 5,
    Conflict: 6,
    Unavailable: 7,
    TooManyRequests: 7,
}
"""What a script can tell apart. A usage that click refuses is 2 too; anything unforeseen is 1."""


class _Lazy(click.Group):
    """A group whose commands are loaded when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names, in the order of the table."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Load a command."""
        if cmd_name not in _COMMANDS:
            return None
        module, _, attribute = _COMMANDS[cmd_name].target.partition(":")
        return cast("click.Command", getattr(importlib.import_module(module), attribute))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """Write the list of commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.help) for name, command in _COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="trimtab")
def trimtab() -> None:
    """Trimtab: prompts, gateway, traces and cost of LLM applications.

    Commands that talk to a server find it by TRIMTAB_URL and TRIMTAB_API_KEY, or by what `trimtab up` left in its data
    folder. Exit codes: 2 usage or setting, 3 refused input, 4 no right, 5 not found, 6 conflict, 7 server unreachable.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and end the process with its exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        trimtab.main(args=list(arguments), prog_name="trimtab")
    except TrimtabError as error:
        _complain(error, as_json="--json" in arguments)
        sys.exit(exit_code(error))


def exit_code(error: TrimtabError) -> int:
    """Return the exit code for an error."""
    return next((code for kind, code in EXIT_CODES.items() if isinstance(error, kind)), 1)


def _complain(error: TrimtabError, *, as_json: bool) -> None:
    if as_json:
        shown = {"error": {"code": error.exact_code, "message": error.message, "hint": error.hint}}
        click.echo(json.dumps(shown), err=True)
        return
    click.echo(f"{click.style('error:', fg='red', bold=True)} {error.message}", err=True)
    if error.hint:
        click.echo(f"  {error.hint}", err=True)


if __name__ == "__main__":
    main()
