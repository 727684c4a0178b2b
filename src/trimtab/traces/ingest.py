"""What becomes of a project's telemetry: what is kept, how much came, what was refused, and another try for that."""

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from trimtab.identity.access import ProjectAccess, Right
from trimtab.identity.audit import Audit
from trimtab.storage.meta import Meta
from trimtab.traces.otlp import protobuf, protojson
from trimtab.traces.otlp.batch import Batch
from trimtab.traces.otlp.value import LogRecord, Span
from trimtab.traces.receiver import COUNTED, ReceiverService
from trimtab.traces.refused import Letter, RefusedItems, scope_of, sender_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How it stands; counts are since the server started."""

    policy: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What became of another try."""

    accepted: int
    rejected: int


class IngestService:
    """Questions about telemetry, and the one thing that can be done about what was refused."""

    def __init__(self, receiver: ReceiverService, refused: RefusedItems, meta: Meta, audit: Audit, policy: str) -> None:
        """Look at `receiver` and `refused`; `meta` holds the audit log."""
        self._meta = meta
        self._receiver = receiver
        self._refused = refused
        self._audit = audit
        self._policy = policy

    def status(self, access: ProjectAccess) -> Status:
        """Return the policy and every counter."""
        access.require(Right.READ)
        found = self._receiver.counts(access.project.id)
        return Status(policy=self._policy, counts={name: found[name] for name in COUNTED})

    def letters(self, access: ProjectAccess, limit: int) -> list[Letter]:
        """Return what was refused, newest first."""
        access.require(Right.READ)
        return self._refused.newest(access.project.id, limit)

    def replay(self, access: ProjectAccess) -> Replay:
        """Try everything that was refused again; what is refused again is kept again."""
        access.require(Right.ADMIN)
        accepted = rejected = 0
        for letter in self._refused.take(access.project.id):
            receipt = self._receiver.receive(sender_of(letter), letter.signal, _batch(letter))
            accepted += receipt.accepted
            rejected += receipt.rejected
        with self._meta.write() as connection:
            self._audit.record(
                connection,
                principal=access.principal,
                project_id=access.project.id,
                action="ingest.replay",
                subject=access.project.id,
                summary=f"tried refused telemetry again: {accepted} taken, {rejected} refused",
            )
        return Replay(accepted=accepted, rejected=rejected)


def _batch(letter: Letter) -> Batch:
    scope = scope_of(letter)
    if letter.form == "protobuf":
        return protobuf.decode_item(letter.signal, letter.data, scope)
    if letter.form == "json":
        return protojson.decode_item(letter.signal, letter.data, scope)
    if letter.signal == "logs":
        return Batch(logs=[msgspec.json.decode(letter.data, type=LogRecord)])
    return Batch(spans=[msgspec.json.decode(letter.data, type=Span)])
