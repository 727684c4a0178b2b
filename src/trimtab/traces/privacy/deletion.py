"""A wish to be forgotten, from the request to the proof that it was done. Pure.

A proof is a document that says what was there, what was removed and what is left, chained to the proof before it and
signed. The key of the signature comes from the installation's master key, so nobody else can have made it; its public
half is enough to check it, so anybody can.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from trimtab.base.errors import InvalidInput

FORMAT: Final = "trimtab/deletion-proof/1"
MOST_CHARS: Final = 256
MOST_TRACES: Final = 200_000
FIRST: Final = "0" * 64
"""What the first proof of a project names as the one before it."""


class SubjectKind(StrEnum):
    """What somebody wants to be forgotten by."""

    USER = "user"
    SESSION = "session"
    TRACE = "trace"


class State(StrEnum):
    """How far a deletion is."""

    REQUESTED = "requested"
    DELETING = "deleting"
    """Rows are being removed; some can still be read."""
    WAITING = "waiting"
    """No query finds anything any more; old files of the stores still hold it."""
    COMPLETE = "complete"
    """Nothing is left, and the proof says so."""
    FAILED = "failed"
    """Something is left that could not be removed."""


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """What one table or folder held of the subject."""

    name: str
    action: str
    """`deleted`, or `anonymised` for money that stays without a name."""
    before: int
    after: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """One request. `sealed_subject` is gone once it is complete: then the hash is all that is known of it."""

    id: str
    project_id: str
    kind: SubjectKind
    subject_hash: str
    sealed_subject: bytes | None
    state: State
    requested_by: str
    requested_at: datetime
    updated_at: datetime
    completed_at: datetime | None = None
    trace_ids: tuple[str, ...] = ()
    counts: tuple[Count, ...] = ()
    waiting_for: str = ""
    """What is still to happen, in words."""
    rows_gone_at: str = ""
    """When the files that held the rows were put out of use, in the warehouse's time; empty until then."""
    proof: str | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """What a check of a proof says."""

    is_intact: bool
    reason: str


def subject(kind: SubjectKind, value: str) -> str:
    """Return the subject as it is looked for.

    Raises:
        InvalidInput: it is empty or too long.
    """
    found = value.strip()
    if not found or len(found) > MOST_CHARS:
        raise InvalidInput(f"a {kind.value} has 1 to {MOST_CHARS} characters, found {len(found)}")
    return found.lower() if kind is SubjectKind.TRACE else found


def subject_hash(key: bytes, project_id: str, kind: SubjectKind, value: str) -> str:
    """Return a name for the subject that only the holder of the key can compute, so that it gives nobody away."""
    return hmac.new(key, f"{project_id}\0{kind.value}\0{value}".encode(), hashlib.sha256).hexdigest()


def prove(deletion: Deletion, counts: tuple[Count, ...], at: datetime, previous: str, key: bytes) -> str:
    """Return the proof of a deletion as a JSON document; `previous` is the digest of the proof before it."""
    signer = Ed25519PrivateKey.from_private_bytes(key)
    said: dict[str, Any] = {
        "format": FORMAT,
        "deletion": deletion.id,
        "project": deletion.project_id,
        "subject": {"kind": deletion.kind.value, "hash": deletion.subject_hash},
        "requested_by": deletion.requested_by,
        "requested_at": _instant(deletion.requested_at),
        "completed_at": _instant(at),
        "traces": len(deletion.trace_ids),
        "removed": [msgspec.to_builtins(count) for count in counts],
        "physical": {"mutations_under_way": 0, "old_files_with_the_subject": 0},
        "previous": previous,
        "public_key": signer.public_key().public_bytes_raw().hex(),
    }
    return written(said | {"signature": signer.sign(_canonical(said)).hex()})


def written(proof: Mapping[str, Any]) -> str:
    """Return a proof as it stands in a file."""
    return msgspec.json.format(msgspec.json.encode(proof), indent=2).decode()


def follows(document: bytes, previous: bytes) -> bool:
    """Say whether a proof names another one as the one before it."""
    found = msgspec.json.decode(document)
    return isinstance(found, dict) and found.get("previous") == digest(previous.decode())


def verify(document: bytes, public_key: str | None = None) -> Verified:
    """Say whether a proof is as it was made, and by the installation that has this public key, in hex."""
    try:
        found = msgspec.json.decode(document)
    except msgspec.DecodeError:
        return Verified(False, "the file is not JSON")
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        return Verified(False, f"the file is no proof of the format {FORMAT!r}")
    named = found.get("public_key")
    if public_key is not None and named != public_key:
        return Verified(False, "another installation has made it: the public key is not the one expected")
    unsigned = {name: value for name, value in found.items() if name != "signature"}
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(str(named))).verify(
            bytes.fromhex(str(found.get("signature"))), _canonical(unsigned)
        )
    except (InvalidSignature, ValueError):
        return Verified(False, "the signature does not fit: the document was changed after it was made")
    left = [count for count in unsigned.get("removed", []) if count.get("after") != 0]
    if left:
        return Verified(False, f"it says itself that something is left in {left[0].get('name')!r}")
    return Verified(True, "nothing of it was changed, and it says that nothing is left")


def public_key(key: bytes) -> str:
    """Return the public half of a signing key, in hex."""
    return Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw().hex()


def digest(document: str) -> str:
    """Return what the next proof names this one by."""
    return hashlib.sha256(document.encode()).hexdigest()


def _canonical(value: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(value, order="deterministic")


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")
