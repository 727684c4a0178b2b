"""Keeps what people say about traces and spans: comments, tags, corrections. All of it is audited.

A person's comment is theirs to change. A tag, a correction and the comment of a program are the project's: whoever may
write may change them.
"""

import threading
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from trimtab.base import ids
from trimtab.base.clock import Clock
from trimtab.base.errors import Conflict, Forbidden, NotFound
from trimtab.identity.access import ProjectAccess, Right
from trimtab.identity.audit import Audit
from trimtab.storage.meta import Meta
from trimtab.storage.warehouse.port import Warehouse
from trimtab.traces import annotation as rule
from trimtab.traces.annotation import Annotation, Kind
from trimtab.traces.range import TimeRange, resolve, to_ns_since_epoch
from trimtab.traces.service import Period
from trimtab.traces.store import annotations as store

MOST_OF_ONE: Final = 2_000
"""Annotations of one trace."""
_MOST_TAGS: Final = 200
_KEPT: Final = timedelta(days=4_000)
_TICK: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Target:
    """What is spoken of: a trace, or one span of it."""

    trace_id: str
    span_id: str = ""


class AnnotationService:
    """Safe to share between threads. What is said is durable when the call returns."""

    def __init__(self, warehouse: Warehouse, clock: Clock, meta: Meta, audit: Audit) -> None:
        """Keep annotations in `warehouse`, and the audit log in `meta`."""
        self._warehouse = warehouse
        self._clock = clock
        self._meta = meta
        self._audit = audit
        # Keeps two changes of one annotation apart: the second must see the first.
        self._writing = threading.Lock()

    def of_trace(self, access: ProjectAccess, trace_id: str) -> list[Annotation]:
        """Return what is said about a trace and its spans, the oldest first.

        Raises:
            NotFound: this project has no such trace.
        """
        access.require(Right.READ)
        self._start(access, Target(trace_id))
        return self._said(access, trace_id)

    def tags(self, access: ProjectAccess, period: Period) -> list[tuple[str, int]]:
        """Return the tags of the range with how many traces have them, the most frequent first."""
        access.require(Right.READ)
        during = resolve(period.start, period.end, self._clock.now())
        found = store.tags(self._warehouse, access.project.id, during, _MOST_TAGS)
        return [(row["tag"], row["traces"]) for row in found]

    def comment(self, access: ProjectAccess, target: Target, text: str) -> Annotation:
        """Say something.

        Raises:
            NotFound: there is no such trace or span.
            InvalidInput: the text is empty or too long.
        """
        access.require(Right.WRITE)
        return self._create(access, Kind.COMMENT, target, rule.comment_text(text), ids.new("cmt"))

    def edit_comment(self, access: ProjectAccess, trace_id: str, comment_id: str, text: str) -> Annotation:
        """Say it differently.

        Raises:
            NotFound: the trace has no such comment.
            Forbidden: it is somebody else's.
            InvalidInput: the text is empty or too long.
        """
        access.require(Right.WRITE)
        text = rule.comment_text(text)
        with self._writing:
            before = self._comment(access, trace_id, comment_id)
            if not _is_theirs(access, before):
                raise Forbidden(
                    f"the comment was written by {before.author}", hint="Only its author changes a comment; answer it."
                )
            after = self._revised(before, text)
            self._write(access, "comment.update", after, "changed a comment")
        return after

    def delete_comment(self, access: ProjectAccess, trace_id: str, comment_id: str) -> None:
        """Take a comment back.

        Raises:
            NotFound: the trace has no such comment.
            Forbidden: it is somebody else's, and the caller is no admin.
        """
        access.require(Right.WRITE)
        with self._writing:
            before = self._comment(access, trace_id, comment_id)
            if not _is_theirs(access, before) and not access.principal.may(Right.ADMIN):
                raise Forbidden(
                    f"the comment was written by {before.author}", hint="Its author or an admin can delete it."
                )
            self._write(access, "comment.delete", self._revised(before), "deleted a comment", is_deleted=True)

    def tag(self, access: ProjectAccess, target: Target, tag: str) -> Annotation:
        """Put a tag on; one that is there already stays as it is.

        Raises:
            NotFound: there is no such trace or span.
            InvalidInput: it cannot be a tag.
        """
        access.require(Right.WRITE)
        name = rule.tag_name(tag)
        return self._create(access, Kind.TAG, target, name, _id(Kind.TAG, target, name))

    def untag(self, access: ProjectAccess, target: Target, tag: str) -> None:
        """Take a tag off.

        Raises:
            NotFound: it is not there.
        """
        access.require(Right.WRITE)
        name = rule.tag_name(tag)
        self._remove(access, target, _id(Kind.TAG, target, name), f"took the tag {name!r} off")

    def correct(self, access: ProjectAccess, target: Target, text: str) -> Annotation:
        """Say what the output should have been, in place of what was said before.

        Raises:
            NotFound: there is no such trace or span.
            InvalidInput: the text is empty or too long.
        """
        access.require(Right.WRITE)
        text = rule.corrected_text(text)
        return self._create(access, Kind.CORRECTION, target, text, _id(Kind.CORRECTION, target), replaces=True)

    def withdraw(self, access: ProjectAccess, target: Target) -> None:
        """Take a correction back.

        Raises:
            NotFound: there is none.
        """
        access.require(Right.WRITE)
        self._remove(access, target, _id(Kind.CORRECTION, target), "took a correction back")

    def _create(
        self,
        access: ProjectAccess,
        kind: Kind,
        target: Target,
        text: str,
        annotation_id: str,
        *,
        replaces: bool = False,
    ) -> Annotation:
        with self._writing:
            at_ns = self._start(access, target)
            said = self._said(access, target.trace_id)
            known = next((each for each in said if each.id == annotation_id), None)
            if known is not None and not replaces:
                return known
            if len(said) >= MOST_OF_ONE:
                raise Conflict(f"the trace has {MOST_OF_ONE} annotations already", hint="Delete some of them.")
            now = self._clock.now()
            made = Annotation(
                id=annotation_id,
                kind=kind,
                trace_id=target.trace_id,
                span_id=target.span_id,
                text=text,
                author_id=access.principal.id if access.principal.kind == "user" else "",
                author=access.principal.name,
                at_ns=known.at_ns if known else at_ns,
                created_at=known.created_at if known else now,
                revised_at=now if known is None else max(now, known.revised_at + _TICK),
            )
            self._write(access, f"{kind.value}.create", made, _CREATED[kind].format(text))
        return made

    def _remove(self, access: ProjectAccess, target: Target, annotation_id: str, summary: str) -> None:
        with self._writing:
            self._start(access, target)
            known = [each for each in self._said(access, target.trace_id) if each.id == annotation_id]
            if not known:
                raise NotFound("it is not there any more", hint="Somebody else may have taken it away.")
            # Parts of a trace that came far apart may have said the same, each of its own time.
            for each in known[1:]:
                store.write(self._warehouse, access.project.id, self._revised(each), is_deleted=True)
            self._write(access, f"{known[0].kind.value}.delete", self._revised(known[0]), summary, is_deleted=True)

    def _write(
        self, access: ProjectAccess, action: str, annotation: Annotation, summary: str, *, is_deleted: bool = False
    ) -> None:
        # The row is stored within the transaction: what could not be stored is not in the audit log.
        with self._meta.write() as connection:
            self._audit.record(
                connection,
                principal=access.principal,
                project_id=access.project.id,
                action=action,
                subject=annotation.id,
                summary=f"{summary} on the trace {annotation.trace_id[:8]}…",
                detail={"trace_id": annotation.trace_id, "span_id": annotation.span_id},
            )
            store.write(self._warehouse, access.project.id, annotation, is_deleted=is_deleted)

    def _revised(self, before: Annotation, text: str | None = None) -> Annotation:
        now = max(self._clock.now(), before.revised_at + _TICK)
        return replace(before, text=before.text if text is None else text, revised_at=now)

    def _comment(self, access: ProjectAccess, trace_id: str, comment_id: str) -> Annotation:
        for each in self._said(access, trace_id):
            if each.id == comment_id and each.kind is Kind.COMMENT:
                return each
        raise NotFound(f"the trace has no comment {comment_id!r}", hint="It may have been deleted.")

    def _said(self, access: ProjectAccess, trace_id: str) -> list[Annotation]:
        return store.of_traces(self._warehouse, access.project.id, [trace_id], self._ever())

    def _start(self, access: ProjectAccess, target: Target) -> int:
        at_ns = store.start_of(self._warehouse, access.project.id, target.trace_id, target.span_id, self._ever())
        if at_ns is None:
            what = f"trace {target.trace_id!r}"
            if target.span_id:
                what = f"span {target.span_id!r} in the {what}"
            raise NotFound(f"there is no {what} in this project", hint="Calls show up within two seconds.")
        return at_ns

    def _ever(self) -> TimeRange:
        now = self._clock.now()
        return TimeRange(to_ns_since_epoch(now - _KEPT), to_ns_since_epoch(now + timedelta(days=2)))


_CREATED: Final = {
    Kind.COMMENT: "commented",
    Kind.TAG: "put the tag {!r}",
    Kind.CORRECTION: "corrected the output",
}


def _is_theirs(access: ProjectAccess, comment: Annotation) -> bool:
    return comment.author_id in ("", access.principal.id)


def _id(kind: Kind, target: Target, text: str = "") -> str:
    return rule.id_of(kind, target.trace_id, target.span_id, text)
