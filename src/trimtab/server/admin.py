"""What only somebody with the data folder in hands may do: `python -m trimtab.server.admin`, or `trimtab admin`.

It works on the meta store directly, beside a running server or without one.
"""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from trimtab.base.clock import SystemClock
from trimtab.base.errors import BadSetting, TrimtabError
from trimtab.identity.audit import Audit
from trimtab.identity.bootstrap import forget_master_key
from trimtab.identity.service.auth import Auth, SessionPolicy
from trimtab.server import first_run, settings
from trimtab.storage.meta import Meta

FORGET: Final = "forget-master-key"


def main(arguments: list[str] | None = None) -> int:
    """Do what is asked, and return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        chosen = settings.load(os.environ, overrides={"data_dir": options.data})
        with _store(chosen) as meta:
            said = (
                _forget_master_key(meta) if options.command == FORGET else _reset_password(chosen, meta, options.email)
            )
    except TrimtabError as error:
        sys.stderr.write("".join(f"trimtab: {line}\n" for line in (*error.message.splitlines(), error.hint) if line))
        return 1
    sys.stdout.write(said)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="trimtab admin", description="Look after an installation on this machine.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    reset = commands.add_parser("reset-password", help="give a member a new random password and end their sign-ins")
    reset.add_argument("--email", help="whose; by default the first admin's")
    forget = commands.add_parser(FORGET, help="accept another master key, because the old one is lost")
    for command in (reset, forget):
        command.add_argument("--data", type=Path, metavar="DIR", help="the data folder (default: data)")
    return parser


@contextmanager
def _store(chosen: settings.Settings) -> Iterator[Meta]:
    if not chosen.meta_url and not (chosen.data_dir / "meta.db").is_file():
        raise BadSetting(
            f"there is no installation in {str(chosen.data_dir)!r}", hint="Say which data folder it is with --data."
        )
    meta = Meta(chosen.effective_meta_url)
    try:
        yield meta
    finally:
        meta.close()


def _reset_password(chosen: settings.Settings, meta: Meta, email: str | None) -> str:
    handover = first_run.read(chosen.data_dir)
    whose = email or (handover.email if handover else chosen.admin_email)
    clock = SystemClock()
    policy = SessionPolicy(lifetime=timedelta(days=chosen.session_days), is_secure=False)
    password = Auth(meta, Audit(meta, clock), clock, policy).reset_password(whose)
    return f"The new password of {whose}: {password}\nIt is shown only now; change it after signing in.\n"


def _forget_master_key(meta: Meta) -> str:
    forget_master_key(meta)
    return "The next start accepts the master key that it finds. Enter the secrets of all providers again after it.\n"


if __name__ == "__main__":
    sys.exit(main())
