"""Keeps media of spans apart from them: taken in at ingest or uploaded by a client, shown on the page of the trace."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from trimtab.base.clock import Clock
from trimtab.base.errors import Forbidden, InvalidInput, NotFound, TooLarge
from trimtab.identity.access import ProjectAccess, Right
from trimtab.storage.blobs import Blobs
from trimtab.storage.meta import Meta
from trimtab.traces import medium as rule
from trimtab.traces.medium import Content, Medium, Use
from trimtab.traces.privacy.screen import NO_SCREEN, Screen
from trimtab.traces.privacy.tombstones import Arrival
from trimtab.traces.store import media as store

TICKET_S: Final = 3_600
"""How long a ticket is good for."""
_SHA256_BYTES: Final = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """Bytes that a client is about to upload."""

    content_type: str
    bytes: int
    sha256: str
    """In base64 or in hex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """Leave to put or to get the bytes of one medium, for whoever has it, until `expires_s` after the epoch."""

    media_id: str
    expires_s: int
    signature: str


class MediaService:
    """Safe to share between threads."""

    def __init__(
        self,
        meta: Meta,
        blobs: Blobs,
        clock: Clock,
        *,
        signing_key: bytes,
        max_bytes: int,
        screen: Screen = NO_SCREEN,
    ) -> None:
        """Keep bytes in `blobs` and what is known of them in `meta`; `signing_key` makes addresses for uploads.

        What clients upload goes through `screen`; what ingest hands over has done so already.
        """
        self._screen = screen
        self._meta = meta
        self._blobs = blobs
        self._clock = clock
        self._signing_key = signing_key
        self._max_bytes = max_bytes

    def keep(self, project_id: str, contents: Sequence[Content], uses: Iterable[Use] = ()) -> list[Medium]:
        """Keep bytes on behalf of the project, durable when this returns, and note where they are used.

        The same bytes again are the same medium. For ingest, whose caller has been let in already.
        """
        now = self._clock.now()
        made = [
            Medium(
                project_id=project_id,
                id=rule.id_of(content.data),
                content_type=rule.content_type(content.content_type, content.data),
                bytes=len(content.data),
                sha256=hashlib.sha256(content.data).hexdigest(),
                created_at=now,
                stored_at=now,
            )
            for content in contents
        ]
        by_id = {medium.id: medium for medium in made}
        with self._meta.read() as connection:
            known = store.find(connection, project_id, by_id)
        for medium, content in zip(made, contents, strict=True):
            if medium.id not in known or known[medium.id].stored_at is None:
                self._blobs.put(medium.blob_key, content.data)
        noted = list(uses)
        with self._meta.write() as connection:
            # In one order everywhere: two that keep the same media at once wait for one another, never in a ring.
            store.insert(connection, [by_id[media_id] for media_id in sorted(by_id)])
            store.mark_stored(connection, project_id, by_id, now)
            if noted:
                store.add_uses(connection, project_id, noted)
        return made

    def find(self, access: ProjectAccess, media_id: str) -> Medium:
        """Return what is known of a medium.

        Raises:
            NotFound: the project has no such medium, or its bytes have not come.
        """
        access.require(Right.READ)
        with self._meta.read() as connection:
            found = store.find(connection, access.project.id, [media_id]).get(media_id)
        if found is None or found.stored_at is None:
            raise NotFound(f"there is no medium {media_id!r} in this project", hint="It may have been deleted.")
        return found

    def read(self, access: ProjectAccess, media_id: str) -> tuple[Medium, bytes]:
        """Return a medium with its bytes.

        Raises:
            NotFound: the project has no such medium, or its bytes have not come.
        """
        found = self.find(access, media_id)
        return found, self._blobs.get(found.blob_key)

    def announce(self, access: ProjectAccess, announced: Announced, use: Use | None) -> tuple[Medium, Ticket | None]:
        """Note a medium that is about to come, and return leave to upload it.

        None when its bytes need not come: they are here already, or the trace was deleted before. `use` is where it is
        shown; its `media_id` need not be filled in.

        Raises:
            InvalidInput: the digest or the type is none.
            TooLarge: it is larger than a medium may be.
        """
        access.require(Right.CALL)
        digest = _digest(announced.sha256)
        if announced.bytes > self._max_bytes:
            raise TooLarge(f"a medium may have {self._max_bytes} bytes, found {announced.bytes}")
        project_id = access.project.id
        new = Medium(
            project_id=project_id,
            id=rule.id_of_digest(digest),
            content_type=rule.content_type(announced.content_type),
            bytes=announced.bytes,
            sha256=digest.hex(),
            created_at=self._clock.now(),
        )
        if use is not None and self._is_late(project_id, use):
            return new, None
        with self._meta.write() as connection:
            known = store.find(connection, project_id, [new.id]).get(new.id)
            store.insert(connection, [new])
            if use is not None:
                noted = Use(media_id=new.id, trace_id=use.trace_id, span_id=use.span_id, field=use.field)
                store.add_uses(connection, project_id, [noted])
        if known is not None and known.stored_at is not None:
            return known, None
        return known or new, self._ticket("put", project_id, new.id)

    def upload(self, project_id: str, ticket: Ticket, data: bytes) -> None:
        """Keep the bytes of a medium that was announced; durable when this returns, and the same again is no error.

        Raises:
            Forbidden: the ticket is not one of this server, or its time is over.
            InvalidInput: the bytes are not those that were announced.
            NotFound: nothing was announced under this id.
        """
        self._check("put", project_id, ticket)
        with self._meta.read() as connection:
            found = store.find(connection, project_id, [ticket.media_id]).get(ticket.media_id)
        if found is None:
            raise NotFound(f"there is no medium {ticket.media_id!r} in this project", hint="Ask for a new address.")
        digest = hashlib.sha256(data).hexdigest()
        if len(data) > self._max_bytes:
            raise TooLarge(f"a medium may have {self._max_bytes} bytes, found {len(data)}")
        if digest != found.sha256:
            raise InvalidInput(f"these are not the bytes that were announced: SHA-256 {digest}, not {found.sha256}")
        # Under the id of what was sent, by which its trace refers to it.
        kept = self._screen.medium(project_id, Content(data=data, content_type=found.content_type))
        self._blobs.put(found.blob_key, kept.data)
        with self._meta.write() as connection:
            store.mark_stored(connection, project_id, [found.id], self._clock.now())

    def _is_late(self, project_id: str, use: Use) -> bool:
        arrival = Arrival(trace_id=use.trace_id, began_ns=self._clock.now_ns())
        is_late = bool(self._screen.late(project_id, [arrival]))
        self._screen.let_go(project_id, int(is_late))
        return is_late

    def lend(self, access: ProjectAccess, media_id: str) -> tuple[Medium, Ticket]:
        """Return a medium and leave to get its bytes without credentials, for clients that follow a plain address.

        Raises:
            NotFound: the project has no such medium, or its bytes have not come.
        """
        return self.find(access, media_id), self._ticket("get", access.project.id, media_id)

    def fetch(self, project_id: str, ticket: Ticket) -> tuple[Medium, bytes]:
        """Return a medium with its bytes to whoever has a ticket.

        Raises:
            Forbidden: the ticket is not one of this server, or its time is over.
            NotFound: it has been deleted meanwhile.
        """
        self._check("get", project_id, ticket)
        with self._meta.read() as connection:
            found = store.find(connection, project_id, [ticket.media_id]).get(ticket.media_id)
        if found is None:
            raise NotFound(f"there is no medium {ticket.media_id!r} in this project", hint="It may have been deleted.")
        return found, self._blobs.get(found.blob_key)

    def forget_traces(self, project_id: str, trace_ids: Sequence[str]) -> list[str]:
        """Forget that these traces use media, delete those that no other trace uses, and return their ids.

        For retention and for deletion on request, whose caller has been let in already.
        """
        with self._meta.write() as connection:
            candidates = store.of_traces(connection, project_id, trace_ids)
            store.forget_uses(connection, project_id, trace_ids)
            unused = candidates - store.used(connection, project_id, candidates)
        return self.delete(project_id, sorted(unused))

    def delete(self, project_id: str, media_ids: Sequence[str]) -> list[str]:
        """Delete media whoever uses them, and return the ids of those that were there. See `forget_traces`."""
        if not media_ids:
            return []
        # The bytes first: what is left of a deletion that broke off is found and deleted by the next one.
        self._blobs.delete([f"{project_id}/{media_id}" for media_id in media_ids if rule.ID.fullmatch(media_id)])
        with self._meta.write() as connection:
            return store.delete(connection, project_id, media_ids)

    def _ticket(self, purpose: str, project_id: str, media_id: str) -> Ticket:
        expires_s = int(self._clock.now().timestamp()) + TICKET_S
        signature = self._sign(purpose, project_id, media_id, expires_s)
        return Ticket(media_id=media_id, expires_s=expires_s, signature=signature)

    def _check(self, purpose: str, project_id: str, ticket: Ticket) -> None:
        expected = self._sign(purpose, project_id, ticket.media_id, ticket.expires_s)
        is_ours = hmac.compare_digest(expected.encode(), ticket.signature.encode())
        if not is_ours or ticket.expires_s < self._clock.now().timestamp():
            raise Forbidden("this address of a medium is not valid, or no longer", hint="Ask for a new one.")

    def _sign(self, purpose: str, project_id: str, media_id: str, expires_s: int) -> str:
        said = f"{purpose}/{project_id}/{media_id}/{expires_s}".encode()
        return hmac.new(self._signing_key, said, hashlib.sha256).hexdigest()


def _digest(said: str) -> bytes:
    for decode in (bytes.fromhex, lambda text: base64.b64decode(text, validate=True)):
        try:
            digest = decode(said)
        except (ValueError, binascii.Error):
            continue
        if len(digest) == _SHA256_BYTES:
            return digest
    raise InvalidInput(f"`sha256Hash` must be a SHA-256 in base64, found {said!r:.100}")
