"""`trimtab admin`: for whoever has the data folder in hands."""

import os
import sys

import click


@click.command(
    "admin",
    short_help="Look after an installation on this machine.",
    add_help_option=False,
    context_settings={"ignore_unknown_options": True},
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def admin(arguments: tuple[str, ...]) -> None:
    """Become the server's own command, which reads the arguments itself."""
    os.execv(sys.executable, [sys.executable, "-m", "trimtab.server.admin", *arguments])  # noqa: S606 - our own module
