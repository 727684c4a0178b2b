"""Passwords are kept as Argon2id hashes with the parameters that OWASP recommends: 19 MiB, two passes, one lane."""

from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from trimtab.base.errors import InvalidInput

MIN_CHARACTERS: Final = 10
MAX_CHARACTERS: Final = 256

_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)
# The hash of nothing that anybody knows, so that an unknown account takes as long to refuse as a wrong password.
_NOBODY: Final = "$argon2id$v=19$m=19456,t=2,p=1$SclCtMDSBG+wFO23JiiBrw$lGap8AFaok3DHDctrPG8nAbwPpHQ72l2tlxw49aR30s"


def check(password: str) -> None:
    """Let a new password pass.

    Raises:
        InvalidInput: it is too short or too long.
    """
    if not MIN_CHARACTERS <= len(password) <= MAX_CHARACTERS:
        raise InvalidInput(
            f"a password has {MIN_CHARACTERS} to {MAX_CHARACTERS} characters, found {len(password)}",
            hint="A sentence of a few words is easy to keep in mind.",
        )


def hash_of(password: str) -> str:
    """Return the hash to keep, with its parameters and salt; takes some 30 ms on purpose."""
    return _HASHER.hash(password)


def is_right(password: str, kept: str | None) -> bool:
    """Say whether the password is the one behind the hash; takes the same time when there is no hash."""
    try:
        _HASHER.verify(kept or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def is_outdated(kept: str) -> bool:
    """Say whether the hash was made with other parameters than today's, and should be made anew at the next sign-in."""
    return _HASHER.check_needs_rehash(kept)
