"""Secrets at rest: one master key, from which every other key is derived, and the box that seals providers' secrets.

The master key lies in `master.key` in the data folder (readable by its owner alone) or in a setting; it never enters a
store. Keys for different purposes come from it by HKDF-SHA256 with different labels, so that knowing one says nothing
of another. This file knows no database and no web framework: the gateway opens secrets with it.
"""

import base64
import binascii
import hashlib
import hmac
import os
import tempfile
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from trimtab.base.errors import BadSetting, TrimtabError

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_FORM: Final = b"\x01"  # AES-256-GCM, 12-byte nonce in front; another form gets another number


class SealBroken(TrimtabError):  # noqa: N818 - says what is wrong
    """A sealed secret cannot be opened: another master key, another place than it was sealed for, or damage."""

    code = "seal_broken"


class SecretBox:
    """Seals short secrets with AES-256-GCM. A secret opens only in the context that it was sealed for."""

    def __init__(self, key: bytes) -> None:
        """Take a key of 32 bytes."""
        self._cipher = AESGCM(key)

    def seal(self, secret: str, context: str) -> bytes:
        """Return the ciphertext; sealing twice gives two different ones.

        Args:
            secret: the text to protect.
            context: what it belongs to, such as `provider_context(...)`; not secret, and needed to open it.
        """
        nonce = os.urandom(_NONCE_BYTES)
        return _FORM + nonce + self._cipher.encrypt(nonce, secret.encode(), context.encode())

    def open(self, sealed: bytes, context: str) -> str:
        """Return the secret.

        Raises:
            SealBroken: it was sealed with another key or for another context, or was altered.
        """
        form, nonce, body = sealed[:1], sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if form != _FORM:
            raise SealBroken(f"the sealed secret has the form {form.hex()!r}, this build knows {_FORM.hex()!r}")
        try:
            return self._cipher.decrypt(nonce, body, context.encode()).decode()
        except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce and a tag
            raise SealBroken(
                f"the secret of {context!r} cannot be opened",
                hint="Is this the master key that it was sealed with? Otherwise enter the secret again.",
            ) from None


def provider_context(project_id: str, provider_name: str) -> str:
    """Return the context in which the secret of a provider is sealed: it opens for no other project or name."""
    return f"provider/{project_id}/{provider_name}"


class MasterKey:
    """The root of all keys of an installation. Never printed: its `repr` shows nothing."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        """Take 32 bytes.

        Raises:
            BadSetting: there are more or fewer.
        """
        if len(key) != KEY_BYTES:
            raise BadSetting(f"a master key has {KEY_BYTES} bytes, found {len(key)}")
        self._key = key

    @classmethod
    def load(cls, data_dir: Path, text: str = "") -> "MasterKey":
        """Return the key in `text` (hex or base64), else that of `master.key` in the folder, made when missing.

        Raises:
            BadSetting: the text or the file holds no key, or the file cannot be read or made.
        """
        if text:
            return cls(_decode(text, "master_key"))
        path = data_dir / "master.key"
        try:
            if not path.exists():
                _create(path)
            return cls(_decode(path.read_text(encoding="ascii").strip(), str(path)))
        except (OSError, UnicodeDecodeError) as error:
            raise BadSetting(f"the master key {str(path)!r} cannot be used: {error}") from error

    def derive(self, purpose: str) -> bytes:
        """Return 32 bytes that only the holder of the master key can compute, different for each purpose."""
        kdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"trimtab/v1/{purpose}".encode())
        return kdf.derive(self._key)

    def secret_box(self) -> SecretBox:
        """Return the box for providers' secrets."""
        return SecretBox(self.derive("secrets"))

    def internal_token(self) -> str:
        """Return the token by which the gateway and the server know one another."""
        return "tti_" + base64.urlsafe_b64encode(self.derive("internal-token")).rstrip(b"=").decode()

    def fingerprint(self) -> str:
        """Return a text that tells two master keys apart and reveals neither."""
        return self.derive("fingerprint").hex()[:16]


def is_internal(authorization: str | None, token: str) -> bool:
    """Say whether an `Authorization` header carries the internal token; takes equally long for every wrong one."""
    found = hashlib.sha256((authorization or "").encode()).digest()
    expected = hashlib.sha256(f"Bearer {token}".encode()).digest()
    return hmac.compare_digest(found, expected)


def _decode(text: str, source: str) -> bytes:
    try:
        key = (
            bytes.fromhex(text) if len(text) == KEY_BYTES * 2 else base64.b64decode(text, altchars=b"-_", validate=True)
        )
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise BadSetting(f"{source} must hold {KEY_BYTES} bytes in hex or base64, found {len(text)} characters")
    return key


def _create(path: Path) -> None:
    """Write a fresh key; of two processes that start together, the first one's stays and both read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".master.key.")  # for its owner alone
    fresh = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(os.urandom(KEY_BYTES).hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, path)
        except FileExistsError:
            return
    finally:
        fresh.unlink(missing_ok=True)
