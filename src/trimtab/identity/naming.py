"""What names, short names and e-mail addresses must look like: pure rules. Each returns the form to keep."""

import re
import unicodedata
from typing import Final

from trimtab.base.errors import InvalidInput

_MAX_NAME: Final = 100
_MAX_EMAIL: Final = 254
_SLUG: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_EMAIL: Final = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,253}")


def name(text: str, what: str) -> str:
    """Return the name of a thing without space around it.

    Raises:
        InvalidInput: it is empty, too long, or holds control characters.
    """
    kept = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(kept) <= _MAX_NAME:
        raise InvalidInput(f"{what} has 1 to {_MAX_NAME} characters, found {len(kept)}")
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in kept):
        raise InvalidInput(f"{what} must not hold control characters, found {kept!r}")
    return kept


def slug(text: str, what: str) -> str:
    """Return a short name that can stand in URLs and model names.

    Raises:
        InvalidInput: it is not 1 to 40 of a-z, 0-9 and `-`, beginning with a letter.
    """
    if not _SLUG.fullmatch(text):
        raise InvalidInput(
            f"{what} {text[:60]!r} must be 1 to 40 characters of a-z, 0-9 and '-', and begin with a letter"
        )
    return text


def email(text: str) -> str:
    """Return an e-mail address in lower case.

    Raises:
        InvalidInput: it does not look like one.
    """
    kept = text.strip().lower()
    if len(kept) > _MAX_EMAIL or not _EMAIL.fullmatch(kept):
        raise InvalidInput(f"expected an e-mail address such as ada@example.com, found {text[:80]!r}")
    return kept
