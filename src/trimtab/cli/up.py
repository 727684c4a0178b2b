"""`trimtab up`: everything on this machine with one command."""

import os
import sys

import click


@click.command(
    "up",
    short_help="Start Trimtab here: console, gateway, local model.",
    add_help_option=False,
    context_settings={"ignore_unknown_options": True},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def up(arguments: tuple[str, ...]) -> None:
    """Become the supervisor, which reads the arguments itself; nothing of the command stays in memory."""
    os.execv(sys.executable, [sys.executable, "-m", "trimtab.server.up", *arguments])  # noqa: S606 - our own module
