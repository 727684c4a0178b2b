"""Writing prompts: a version is added, never altered; the newest is known to whoever adds to it."""

from collections.abc import Mapping

from sqlalchemy.engine import Connection

from trimtab.base import ids
from trimtab.base.clock import Clock
from trimtab.base.errors import Conflict, NotFound
from trimtab.identity.access import Principal, ProjectAccess, Right
from trimtab.identity.audit import Audit, difference
from trimtab.identity.paging import Page, page
from trimtab.prompts import diff, naming, store
from trimtab.prompts.prompt import Detail, LiveReleases, Overview, Prompt
from trimtab.prompts.template import RenderedMessage
from trimtab.prompts.version import Author, Content, Kind, Version, check_base
from trimtab.storage.meta import Meta

_MAX_DESCRIPTION = 2_000
_MAX_MESSAGE = 2_000


class PromptService:
    """Makes, shows and compares prompts and their versions."""

    def __init__(self, meta: Meta, audit: Audit, clock: Clock, live: LiveReleases) -> None:
        """Work on `meta`; `live` says what is released where."""
        self._meta = meta
        self._audit = audit
        self._clock = clock
        self._live = live

    def listing(self, access: ProjectAccess, *, search: str, limit: int, cursor: str | None) -> Page[Overview]:
        """Return prompts by name, those whose name or description has `search` in it."""
        access.require(Right.READ)
        with self._meta.read() as connection:
            rows = store.listing(connection, access.project.id, search, cursor, limit + 1)
            live = self._live.live(connection, access.project.id, [prompt.id for prompt in rows])
        overviews = [Overview(prompt=prompt, live=live.get(prompt.id, [])) for prompt in rows]
        return page(overviews, limit, lambda overview: naming.collision_key(overview.prompt.name))

    def get(self, access: ProjectAccess, prompt_id: str) -> Detail:
        """Return a prompt with its newest version."""
        access.require(Right.READ)
        with self._meta.read() as connection:
            return self._detail(connection, self._find(connection, access, prompt_id))

    def create(
        self, access: ProjectAccess, *, name: str, kind: Kind, description: str, content: Content, message: str
    ) -> Detail:
        """Return a new prompt with its first version.

        Raises:
            InvalidTemplate: the messages and variables do not hold together.
            Conflict: the name is taken, perhaps by one that differs in case alone.
        """
        access.require(Right.WRITE)
        naming.check_name(name)
        naming.check_text("a description", description, _MAX_DESCRIPTION)
        naming.check_text("a message", message, _MAX_MESSAGE)
        content.compile()
        now = self._clock.now()
        prompt = Prompt(
            id=ids.new("prm"),
            project_id=access.project.id,
            name=name,
            kind=kind,
            description=description,
            latest_version=1,
            created_at=now,
            updated_at=now,
        )
        with self._meta.write() as connection:
            store.insert(connection, prompt)
            self._note(
                connection, access, prompt, "prompt.create", f"created the prompt {name!r}", {"kind": kind.value}
            )
            self._add(connection, access, prompt, content, message)
            return self._detail(connection, self._find(connection, access, prompt.id))

    def describe(self, access: ProjectAccess, prompt_id: str, description: str) -> Detail:
        """Give a prompt another description and return it; its versions stay as they are."""
        access.require(Right.WRITE)
        naming.check_text("a description", description, _MAX_DESCRIPTION)
        with self._meta.write() as connection:
            prompt = store.lock(connection, access.project.id, prompt_id)
            if prompt is None:
                raise _no_prompt(prompt_id)
            if description != prompt.description:
                store.set_description(connection, prompt.id, description, self._clock.now())
                detail = difference({"description": prompt.description}, {"description": description})
                self._note(
                    connection, access, prompt, "prompt.describe", f"described the prompt {prompt.name!r}", detail
                )
            return self._detail(connection, self._find(connection, access, prompt_id))

    def delete(self, access: ProjectAccess, prompt_id: str) -> None:
        """Remove a prompt that was never released.

        Raises:
            Conflict: it was.
        """
        access.require(Right.WRITE)
        with self._meta.write() as connection:
            prompt = self._find(connection, access, prompt_id)
            store.delete(connection, prompt)
            detail = {"name": prompt.name, "versions": prompt.latest_version}
            self._note(connection, access, prompt, "prompt.delete", f"deleted the prompt {prompt.name!r}", detail)

    def versions(self, access: ProjectAccess, prompt_id: str, *, limit: int, cursor: int | None) -> Page[Version]:
        """Return the versions, newest first."""
        access.require(Right.READ)
        with self._meta.read() as connection:
            prompt = self._find(connection, access, prompt_id)
            rows = store.versions(connection, prompt, cursor, limit + 1)
        return page(rows, limit, lambda version: str(version.number))

    def version(self, access: ProjectAccess, prompt_id: str, number: int) -> Version:
        """Return one version."""
        access.require(Right.READ)
        with self._meta.read() as connection:
            return find_version(connection, self._find(connection, access, prompt_id), number)

    def kind(self, access: ProjectAccess, prompt_id: str) -> Kind:
        """Return what kind of content a new version of the prompt must have; for whoever may write one."""
        access.require(Right.WRITE)
        with self._meta.read() as connection:
            return self._find(connection, access, prompt_id).kind

    def add_version(
        self, access: ProjectAccess, prompt_id: str, *, content: Content, message: str, base_version: int | None
    ) -> tuple[Version, bool]:
        """Return the version with this content and whether it is new: writing the newest once more changes nothing.

        Args:
            access: the project and the writer.
            prompt_id: the prompt.
            content: what the version says; its kind must be that of the prompt.
            message: why it was written.
            base_version: the version that the writer has seen as the newest; None for a writer who does not care.

        Raises:
            InvalidTemplate: the messages and variables do not hold together.
            Conflict: somebody has added a version since.
        """
        access.require(Right.WRITE)
        naming.check_text("a message", message, _MAX_MESSAGE)
        content.compile()
        with self._meta.write() as connection:
            prompt = store.lock(connection, access.project.id, prompt_id)
            if prompt is None:
                raise _no_prompt(prompt_id)
            newest = find_version(connection, prompt, prompt.latest_version)
            is_current = check_base(base_version, newest.number)
            if newest.content_hash == content.hash:
                return newest, False
            if not is_current:
                raise Conflict(
                    f"prompt {prompt.name!r} is at version {newest.number}, by {newest.author.name}; "
                    f"this was written on top of version {base_version}",
                    hint="Compare the two versions, merge what you need, and save on top of the newest.",
                    code="stale_base_version",
                )
            return self._add(connection, access, prompt, content, message, number=newest.number + 1), True

    def compare(self, access: ProjectAccess, prompt_id: str, before: int, after: int) -> diff.Diff:
        """Return what leads from version `before` to version `after`; either may be the later one."""
        access.require(Right.READ)
        with self._meta.read() as connection:
            prompt = self._find(connection, access, prompt_id)
            old = find_version(connection, prompt, before)
            new = find_version(connection, prompt, after)
        return diff.compare(old.content, new.content)

    def preview(
        self, access: ProjectAccess, content: Content, values: Mapping[str, object]
    ) -> tuple[list[RenderedMessage], list[str]]:
        """Return the messages that a content renders to, kept or not, and what is odd about it."""
        access.require(Right.READ)
        compiled = content.compile()
        return compiled.render(values), compiled.warnings

    def _find(self, connection: Connection, access: ProjectAccess, prompt_id: str) -> Prompt:
        prompt = store.find(connection, access.project.id, prompt_id)
        if prompt is None:
            raise _no_prompt(prompt_id)
        return prompt

    def _detail(self, connection: Connection, prompt: Prompt) -> Detail:
        live = self._live.live(connection, prompt.project_id, [prompt.id])
        newest = find_version(connection, prompt, prompt.latest_version)
        return Detail(prompt=prompt, live=live.get(prompt.id, []), newest=newest)

    def _add(
        self,
        connection: Connection,
        access: ProjectAccess,
        prompt: Prompt,
        content: Content,
        message: str,
        *,
        number: int = 1,
    ) -> Version:
        version = Version(
            prompt_id=prompt.id,
            number=number,
            content=content,
            content_hash=content.hash,
            author=author_of(access.principal),
            message=message,
            created_at=self._clock.now(),
        )
        store.insert_version(connection, version)
        summary = f"wrote version {number} of the prompt {prompt.name!r}"
        detail = {"number": number, "content_hash": version.content_hash, "message": message}
        self._note(connection, access, prompt, "prompt.version.create", summary, detail)
        return version

    def _note(
        self,
        connection: Connection,
        access: ProjectAccess,
        prompt: Prompt,
        action: str,
        summary: str,
        detail: Mapping[str, object],
    ) -> None:
        self._audit.record(
            connection,
            principal=access.principal,
            project_id=access.project.id,
            action=action,
            subject=prompt.id,
            summary=summary,
            detail=detail,
        )


def author_of(principal: Principal) -> Author:
    """Return the author that a principal is."""
    return Author(kind=principal.kind, id=principal.id, name=principal.name)


def find_version(connection: Connection, prompt: Prompt, number: int) -> Version:
    """Return one version of the prompt.

    Raises:
        NotFound: it has none of this number.
    """
    version = store.find_version(connection, prompt, number)
    if version is None:
        raise NotFound(
            f"prompt {prompt.name!r} has no version {number}",
            hint=f"It has the versions 1 to {prompt.latest_version}.",
        )
    return version


def _no_prompt(prompt_id: str) -> NotFound:
    return NotFound(f"there is no prompt {prompt_id!r} in this project", hint="GET .../prompts lists them.")
