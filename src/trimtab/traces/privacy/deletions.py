"""Deletes all that there is of a user, a session or a trace, and proves it.

A request is a row that survives a restart. It is done by steps, each of which can be done again: find and count, remove
and count again, wait until the disk has forgotten too, prove. Only the last makes it complete.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final, Protocol

from sqlalchemy.exc import SQLAlchemyError

from trimtab.base import ids
from trimtab.base.clock import Clock
from trimtab.base.errors import Conflict, InvalidInput, NotFound, TrimtabError
from trimtab.identity.access import ProjectAccess, Right
from trimtab.identity.audit import Audit
from trimtab.identity.paging import Page, page
from trimtab.identity.secrets import SealBroken, SecretBox
from trimtab.storage.meta import Meta
from trimtab.storage.warehouse.port import Warehouse
from trimtab.traces.dead_letters import DeadLetters
from trimtab.traces.named_ids import trace_id as id_of_name
from trimtab.traces.privacy import deletion as rule
from trimtab.traces.privacy.deletion import Count, Deletion, State, SubjectKind
from trimtab.traces.privacy.policies import Policies
from trimtab.traces.privacy.store import deletions as store
from trimtab.traces.privacy.store import erase, records
from trimtab.traces.privacy.store.erase import Held, Subject
from trimtab.traces.privacy.tombstones import Tombstones
from trimtab.traces.refused import RefusedItems
from trimtab.traces.store import media

_LOG = logging.getLogger(__name__)

DELETED: Final = "deleted"
ANONYMISED: Final = "anonymised"
REST: Final = "the deletion of their user or session"
"""Who asks for the rest of traces that came later."""
MEDIA: Final = "media"
_SETTLED: Final = timedelta(seconds=1)
"""Until then every server knows what is deleted, and what it had let in before was counted."""
DEAD_LETTERS: Final = "dead letters"
_ROWS: Final = "rows are being removed"
_OLD_FILES: Final = "old files leave the disk"


class Media(Protocol):
    """Images and the like, which lie in files of their own."""

    def forget_traces(self, project_id: str, trace_ids: Sequence[str]) -> list[str]:
        """Delete what only these traces use; return their ids."""
        ...

    def delete(self, project_id: str, media_ids: Sequence[str]) -> list[str]:
        """Delete these, whoever uses them; return those that were there."""
        ...


def _nothing() -> None:
    """Write nothing: there is nothing that waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Everywhere that something of a project may lie."""

    meta: Meta
    warehouse: Warehouse
    refused: RefusedItems
    unreadable: DeadLetters
    """The gateway's records that could not be read."""
    tombstones: Tombstones
    """Where it is noted what was deleted, so that it does not come back."""
    media: Media | None = None
    flush: Callable[[], None] = field(default=_nothing)
    """Stores what was taken and waits to be stored."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What a deletion needs to be secret: the box for the subject, the key of its hash, and that of the signature."""

    box: SecretBox
    subject: bytes
    signature: bytes


class DeletionService:
    """Takes requests, does them, and shows how far they are. Safe to share between threads."""

    def __init__(self, places: Places, audit: Audit, clock: Clock, policies: Policies, keys: Keys) -> None:
        """Delete in `places`; `policies` know by which names redaction stores a user."""
        self._places = places
        self._meta = places.meta
        self._audit = audit
        self._clock = clock
        self._policies = policies
        self._keys = keys

    def preview(self, access: ProjectAccess, kind: SubjectKind, value: str) -> list[Count]:
        """Return what a deletion would remove at this moment.

        Raises:
            InvalidInput: the subject is empty, or has too many traces for one deletion.
        """
        access.require(Right.ADMIN)
        self._places.flush()
        found = self._subject(access.project.id, kind, rule.subject(kind, value), ())
        return [count for count in self._counts(found) if count.before]

    def request(self, access: ProjectAccess, kind: SubjectKind, value: str) -> Deletion:
        """Take a request; it is done soon, and survives a restart.

        Raises:
            InvalidInput: the subject is empty, or has too many traces for one deletion.
            Conflict: there is one for the same subject under way.
        """
        access.require(Right.ADMIN)
        project_id, wanted = access.project.id, rule.subject(kind, value)
        self._subject(project_id, kind, wanted, ())
        now = self._clock.now()
        deletion_id = ids.new("del")
        made = Deletion(
            id=deletion_id,
            project_id=project_id,
            kind=kind,
            subject_hash=rule.subject_hash(self._keys.subject, project_id, kind, wanted),
            sealed_subject=self._keys.box.seal(wanted, _context(deletion_id)),
            state=State.REQUESTED,
            requested_by=access.principal.name,
            requested_at=now,
            updated_at=now,
        )
        with self._meta.write() as connection:
            under_way = [each for each in store.unfinished(connection) if each.project_id == project_id]
            if any(each.subject_hash == made.subject_hash for each in under_way):
                raise Conflict(f"a deletion of this {kind.value} is under way", hint="Wait until it is complete.")
            store.insert(connection, made)
            self._audit.record(
                connection,
                principal=access.principal,
                project_id=project_id,
                action="privacy.deletion.request",
                subject=made.id,
                summary=f"asked for the deletion of a {kind.value}",
                detail={"kind": kind.value, "subject_hash": made.subject_hash},
            )
        return made

    def listing(self, access: ProjectAccess, *, limit: int, cursor: str | None) -> Page[Deletion]:
        """Return requests, newest first."""
        access.require(Right.ADMIN)
        with self._meta.read() as connection:
            rows = store.listing(connection, access.project.id, cursor, limit + 1)
        return page(rows, limit, lambda deletion: deletion.id)

    def find(self, access: ProjectAccess, deletion_id: str) -> Deletion:
        """Return one request.

        Raises:
            NotFound: the project has no such request.
        """
        access.require(Right.ADMIN)
        with self._meta.read() as connection:
            found = store.find(connection, access.project.id, deletion_id)
        if found is None:
            raise NotFound(f"there is no deletion {deletion_id!r} in this project")
        return found

    def proof(self, access: ProjectAccess, deletion_id: str) -> str:
        """Return the proof of a complete deletion.

        Raises:
            NotFound: the project has no such request.
            Conflict: it is not complete.
        """
        found = self.find(access, deletion_id)
        if found.proof is None:
            raise Conflict(
                f"the deletion {deletion_id!r} is {found.state.value}; there is a proof once it is complete",
                hint=found.waiting_for or "Wait a little.",
            )
        return found.proof

    def key(self, access: ProjectAccess) -> str:
        """Return the key by which this installation's proofs are checked, in hex."""
        access.require(Right.READ)
        return rule.public_key(self._keys.signature)

    def work(self) -> int:
        """Take every unfinished request as far as it goes now; return how many are still unfinished."""
        for project_id, trace_ids in self._places.tombstones.take_late().items():
            try:
                self._request_rest(project_id, sorted(trace_ids))
            except (TrimtabError, SQLAlchemyError, OSError) as error:
                self._places.tombstones.note_late(project_id, trace_ids)
                _LOG.warning("the rest of deleted traces of %s is asked for later: %s", project_id, _said(error))
        with self._meta.read() as connection:
            unfinished = store.unfinished(connection)
        left = 0
        for each in unfinished:
            try:
                left += self._go_on(each).state is not State.COMPLETE
            except (TrimtabError, SQLAlchemyError, OSError) as error:
                left += 1
                _LOG.warning("the deletion %s is held up: %s", each.id, _said(error))
                # Only that: what its steps have kept so far is newer than `each`.
                with suppress(SQLAlchemyError), self._meta.write() as connection:
                    store.say(connection, each.id, f"held up, tried again soon: {_said(error)}", self._clock.now())
        return left

    def _request_rest(self, project_id: str, trace_ids: Sequence[str]) -> None:
        """Ask for the deletion of traces that began to arrive before it was known whose they are."""
        first, now, deletion_id = trace_ids[0], self._clock.now(), ids.new("del")
        subject = self._subject(project_id, SubjectKind.TRACE, first, tuple(trace_ids))
        self._places.flush()
        is_there = any(count.before for count in self._counts(subject))
        with self._meta.write() as connection:
            self._places.tombstones.lay(connection, deletion_id, subject)
            if is_there:
                made = Deletion(
                    id=deletion_id,
                    project_id=project_id,
                    kind=SubjectKind.TRACE,
                    subject_hash=rule.subject_hash(self._keys.subject, project_id, SubjectKind.TRACE, first),
                    sealed_subject=self._keys.box.seal(first, _context(deletion_id)),
                    state=State.REQUESTED,
                    requested_by=REST,
                    requested_at=now,
                    updated_at=now,
                    trace_ids=tuple(trace_ids),
                )
                store.insert(connection, made)
        self._places.tombstones.refresh()

    def _go_on(self, found: Deletion) -> Deletion:
        try:
            value = self._keys.box.open(found.sealed_subject or b"", _context(found.id))
        except SealBroken:
            reason = "whom it is about cannot be read: the master key is another one than when it was asked for"
            return self._keep(replace(found, state=State.FAILED, waiting_for=reason))
        self._places.flush()
        if found.state is State.REQUESTED:
            subject = self._subject(found.project_id, found.kind, value, found.trace_ids)
            found = self._keep(
                replace(
                    found,
                    state=State.DELETING,
                    trace_ids=subject.trace_ids,
                    counts=tuple(self._counts(subject)),
                    waiting_for=_ROWS,
                )
            )
        subject = self._subject(found.project_id, found.kind, value, found.trace_ids)
        left = self._left(subject, found.counts)
        if found.state is State.DELETING or any(count.after for count in left):
            found = self._delete(found, subject, {count.name for count in left if count.after})
            left = self._left(subject, found.counts)
            if any(count.after for count in left):
                return self._keep(replace(found, waiting_for="something came in meanwhile; it is removed next"))
            self._lay_tombstone(found, subject)
            since = erase.engine_time(self._places.warehouse)
            found = replace(found, state=State.WAITING, counts=left, rows_gone_at=since, waiting_for=_OLD_FILES)
            found = self._keep(found)
        return self._finish(found, left)

    def _delete(self, found: Deletion, subject: Subject, there: AbstractSet[str]) -> Deletion:
        found = self._keep(replace(found, state=State.DELETING, trace_ids=subject.trace_ids, waiting_for=_ROWS))
        # First of all, so that what arrives from now on does not have to be removed again.
        self._lay_tombstone(found, subject)
        for table in self._held():
            if table.name not in there:
                continue
            if table.name == erase.LEDGER:
                erase.anonymise(self._places.warehouse, table, subject)
            else:
                erase.remove(self._places.warehouse, table, subject)
        if self._places.media is not None:
            self._places.media.forget_traces(subject.project_id, subject.trace_ids)
        with self._meta.write() as connection:
            for kept in records.tables():
                records.remove(connection, kept, subject)
        speaks = _speaks_of(subject)
        self._places.refused.sift(subject.project_id, lambda _day, payload: not speaks(payload))
        is_ours = _is_of(subject.project_id)
        self._places.unreadable.sift(lambda _day, payload: not (is_ours(payload) and speaks(payload)))
        return found

    def _lay_tombstone(self, found: Deletion, subject: Subject) -> None:
        with self._meta.write() as connection:
            self._places.tombstones.lay(connection, found.id, subject)
        self._places.tombstones.refresh()

    def _finish(self, found: Deletion, left: tuple[Count, ...]) -> Deletion:
        touched = {count.name for count in left if count.before}
        held = [table for table in self._held() if table.name in touched]
        if held and erase.mutations_under_way(self._places.warehouse, held):
            return self._wait(found)
        erase.drop_old_parts(self._places.warehouse, held)
        if held and erase.old_parts(self._places.warehouse, held, found.rows_gone_at):
            return self._wait(found)
        if self._clock.now() - found.updated_at < _SETTLED:
            return found
        with self._meta.write() as connection:
            now = self._clock.now()
            before = store.last_proof(connection, found.project_id)
            proof = rule.prove(found, left, now, rule.digest(before) if before else rule.FIRST, self._keys.signature)
            complete = replace(
                found,
                state=State.COMPLETE,
                updated_at=now,
                completed_at=now,
                counts=left,
                sealed_subject=None,
                trace_ids=(),
                waiting_for="",
                proof=proof,
            )
            store.update(connection, complete)
        return complete

    def _wait(self, found: Deletion) -> Deletion:
        """Return the deletion as one that waits for old files, also when it was held up before."""
        return found if found.waiting_for == _OLD_FILES else self._keep(replace(found, waiting_for=_OLD_FILES))

    def _keep(self, found: Deletion) -> Deletion:
        found = replace(found, updated_at=self._clock.now())
        with self._meta.write() as connection:
            store.update(connection, found)
        return found

    def _held(self) -> list[Held]:
        return list(erase.tables(self._places.warehouse).values())

    def _subject(self, project_id: str, kind: SubjectKind, value: str, known: tuple[str, ...]) -> Subject:
        """Return the subject with all its traces, those that are known and those that came since."""
        names = (value, *self._policies.stored_as(project_id, value))
        subject = Subject(
            project_id,
            user_ids=names if kind is SubjectKind.USER else (),
            session_ids=names if kind is SubjectKind.SESSION else (),
            trace_ids=tuple(dict.fromkeys((value, *known))) if kind is SubjectKind.TRACE else known,
        )
        traces = erase.traces_of(self._places.warehouse, subject, rule.MOST_TRACES)
        if len(traces) > rule.MOST_TRACES:
            raise InvalidInput(
                f"this {kind.value} has more than {rule.MOST_TRACES} traces, too many for one deletion",
                hint="Delete its sessions one by one, or shorten how long data is kept.",
            )
        wanted = set(traces)

        def goes(name: str) -> bool:
            return bool(name) and (id_of_name(name) in wanted or name in wanted)

        called = erase.trace_names(self._places.warehouse, project_id)
        unsaid = erase.entities_without_trace(self._places.warehouse, project_id)
        return replace(
            subject,
            trace_ids=tuple(traces),
            trace_names=tuple(filter(goes, called)),
            entities=tuple(
                entity for entity, names in unsaid.items() if any(map(goes, names or [entity.partition(":")[2]]))
            ),
        )

    def _counts(self, subject: Subject) -> list[Count]:
        counts = [
            Count(
                name=table.name,
                action=ANONYMISED if table.name == erase.LEDGER else DELETED,
                before=erase.count(self._places.warehouse, table, subject),
            )
            for table in self._held()
            if table.columns & {"trace_id", "user_id", "session_id"}
        ]
        with self._meta.read() as connection:
            counts += [
                Count(name=table.name, action=DELETED, before=records.count(connection, table, subject))
                for table in records.tables()
            ]
            before = media.uses_of(connection, subject.project_id, subject.trace_ids)
            counts.append(Count(name=MEDIA, action=DELETED, before=before))
        counts.append(Count(name=DEAD_LETTERS, action=DELETED, before=self._letters(subject)))
        return counts

    def _left(self, subject: Subject, before: Sequence[Count]) -> tuple[Count, ...]:
        """Return what was there at first with what is there now."""
        first: Mapping[str, Count] = {count.name: count for count in before}
        return tuple(
            Count(
                name=now.name,
                action=now.action,
                before=first[now.name].before if now.name in first else now.before,
                after=now.before,
            )
            for now in self._counts(subject)
        )

    def _letters(self, subject: Subject) -> int:
        speaks, is_ours = _speaks_of(subject), _is_of(subject.project_id)
        found = 0

        def look(_day: str, payload: bytes) -> bool:
            nonlocal found
            found += speaks(payload)
            return True

        self._places.refused.sift(subject.project_id, look)
        self._places.unreadable.sift(lambda day, payload: not is_ours(payload) or look(day, payload))
        return found


def _said(error: Exception) -> str:
    return error.message if isinstance(error, TrimtabError) else type(error).__name__


def _is_of(project_id: str) -> Callable[[bytes], bool]:
    """Return a function that says whether one of the gateway's unreadable records is of a project.

    They lie together, those of all projects, and nothing but their bytes says whose they are. One that does not name
    its project, such as what is left of a torn record, is nobody's to ask for or to delete: it goes by its age alone.
    """
    name = project_id.encode()
    return lambda payload: name in payload


def _speaks_of(subject: Subject) -> Callable[[bytes], bool]:
    """Return a function that says whether a payload names the subject or one of its traces."""
    names = [name.encode() for name in (*subject.user_ids, *subject.session_ids, *subject.trace_ids)]
    for trace_id in subject.trace_ids:
        with suppress(ValueError):
            names.append(bytes.fromhex(trace_id))  # as protobuf writes it
    return lambda payload: any(name in payload for name in names)


def _context(deletion_id: str) -> str:
    return f"deletion/{deletion_id}"
