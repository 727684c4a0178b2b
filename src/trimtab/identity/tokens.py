"""Random tokens: the text of API keys, sessions and first passwords, and the hashes by which they are kept.

The text is seen once by whoever it is for. With 256 random bits a plain SHA-256 is a sound hash: there is nothing to
guess, and the gateway can check one in memory in a microsecond.
"""

import hashlib
import hmac
import secrets
from typing import Final

KEY_PREFIX: Final = "tt_"
_KEY_BYTES: Final = 32
_LABEL_CHARACTERS: Final = 8
# Without characters that are easily taken for one another.
_READABLE: Final = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789"


def new_key() -> str:
    """Return the text of a fresh API key: `tt_` and 43 URL-safe characters."""
    return KEY_PREFIX + secrets.token_urlsafe(_KEY_BYTES)


def new_token() -> str:
    """Return a fresh random token for a session or against forged requests."""
    return secrets.token_urlsafe(_KEY_BYTES)


def new_password() -> str:
    """Return a random password that can be read out and typed: four groups of four, about 92 bits."""
    return "-".join("".join(secrets.choice(_READABLE) for _ in range(4)) for _ in range(4))


def digest(token: str) -> str:
    """Return the hash by which a token is kept: SHA-256 of the whole text, in lower-case hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def label(key: str) -> str:
    """Return the beginning of a key, by which people tell keys apart."""
    return key[:_LABEL_CHARACTERS]


def is_same(found: str, expected: str) -> bool:
    """Say whether two tokens are equal, in a time that does not tell how much of them is."""
    return hmac.compare_digest(found.encode(), expected.encode())
