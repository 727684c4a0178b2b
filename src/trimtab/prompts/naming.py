"""What prompts are called: `support/answer`, with folders, fit to stand in `prompt:support/answer@staging`."""

import re
from typing import Final

from trimtab.base.errors import InvalidInput

MAX_CHARS: Final = 255
_NAME = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*", re.ASCII)
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def check_name(name: str) -> None:
    """Let the caller go on with a name that can be used.

    Raises:
        InvalidInput: it has other characters, an empty folder, or is too long.
    """
    if len(name) > MAX_CHARS:
        raise InvalidInput(f"a prompt's name has at most {MAX_CHARS} characters, found {len(name)}")
    if not _NAME.fullmatch(name) or any(part.strip(".") == "" for part in name.split("/")):
        raise InvalidInput(
            f"{name!r} cannot name a prompt",
            hint="Use letters, digits, '.', '_', '-', and '/' between folders, such as 'support/answer'.",
        )


def collision_key(name: str) -> str:
    """Return what two names share that differ in case alone; a project holds one prompt for each."""
    return name.lower()


def check_text(what: str, text: str, max_chars: int) -> None:
    """Let the caller go on with a text that people wrote to explain something.

    Raises:
        InvalidInput: it is too long, or holds control characters.
    """
    if len(text) > max_chars:
        raise InvalidInput(f"{what} has at most {max_chars} characters, found {len(text)}")
    if _UNPRINTABLE.search(text):
        raise InvalidInput(f"{what} holds a control character", hint="Only line ends and tabs are allowed.")
