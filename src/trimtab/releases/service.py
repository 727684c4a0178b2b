"""Moving prompts: who releases what where, and what serves now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.engine import Connection

from trimtab.base import ids
from trimtab.base.clock import Clock
from trimtab.base.errors import Conflict, InvalidInput, NotFound
from trimtab.identity.access import ProjectAccess, Right
from trimtab.identity.audit import Audit, difference
from trimtab.identity.paging import Page, page
from trimtab.identity.store import keys as key_store
from trimtab.identity.store import projects as project_store
from trimtab.prompts import naming
from trimtab.prompts import store as prompt_store
from trimtab.prompts.prompt import Live, Prompt
from trimtab.prompts.service import author_of, find_version
from trimtab.prompts.variable import did_you_mean
from trimtab.prompts.version import JsonValue, Version
from trimtab.releases import store
from trimtab.releases.release import (
    MAIN_ARM,
    Action,
    Release,
    check_model,
    check_overridable,
    check_parameters,
)
from trimtab.storage import revision
from trimtab.storage.meta import Meta

_MAX_NOTE = 2_000


class Models(Protocol):
    """Knows which models a project can reach. The gateway's room does; this room stands below it."""

    def check(self, connection: Connection, project_id: str, model: str) -> None:
        """Let the caller go on with a model of a provider of the project, or an alias.

        Raises:
            InvalidInput: there is no such provider or alias; says which there are.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What somebody wants to be live."""

    prompt_id: str
    environment: str
    version: int
    model: str
    parameters: dict[str, JsonValue]
    overridable: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """What serves for a prompt in an environment, with all that is needed to render it."""

    release: Release
    version: Version


class LiveFromStore:
    """Answers the prompts room's question of what is live."""

    def live(self, connection: Connection, project_id: str, prompt_ids: Sequence[str]) -> Mapping[str, list[Live]]:
        """Return what is live for each of the prompts, in the order of the project's environments."""
        return store.live_of(connection, project_id, prompt_ids)


class ReleaseService:
    """Makes releases and rolls them back; the gateway learns of each within a second."""

    def __init__(self, meta: Meta, audit: Audit, clock: Clock, models: Models) -> None:
        """Work on `meta`; `models` says which models a project can reach."""
        self._meta = meta
        self._audit = audit
        self._clock = clock
        self._models = models

    def listing(
        self, access: ProjectAccess, *, prompt_id: str, environment: str, limit: int, cursor: str | None
    ) -> Page[Release]:
        """Return releases, newest first; an empty prompt or environment stands for all."""
        access.require(Right.READ)
        with self._meta.read() as connection:
            rows = store.listing(
                connection,
                access.project.id,
                prompt_id=prompt_id,
                environment=environment,
                before=cursor,
                limit=limit + 1,
            )
        return page(rows, limit, lambda release: release.id)

    def release(
        self, access: ProjectAccess, plan: Plan, *, expected_live_id: str | None = None
    ) -> tuple[Release, list[str]]:
        """Make a version live in an environment; return the release and what is odd about it.

        Args:
            access: the project and who releases.
            plan: what is to be live.
            expected_live_id: the release that the caller has seen as live, an empty text when it has seen none; None
                for a caller who does not care.

        Raises:
            NotFound: there is no such prompt or version.
            InvalidInput: there is no such environment, provider or alias, or the parameters cannot be used.
            Conflict: something else is live than the caller has seen.
        """
        access.require(Right.RELEASE)
        naming.check_text("a note", plan.note, _MAX_NOTE)
        check_model(plan.model)
        warnings = check_parameters(plan.parameters)
        overridable = check_overridable(plan.overridable)
        with self._meta.write() as connection:
            prompt = self._lock(connection, access, plan.prompt_id)
            self._check_environment(connection, access, plan.environment)
            version = find_version(connection, prompt, plan.version)
            version.content.compile()
            self._models.check(connection, access.project.id, plan.model)
            live = store.live(connection, access.project.id, prompt.id, plan.environment)
            _check_expected(prompt, plan.environment, live, expected_live_id)
            release = self._new(access, prompt, plan, overridable, Action.RELEASE, live)
            self._keep(connection, access, release, live)
        return release, warnings

    def roll_back(
        self,
        access: ProjectAccess,
        *,
        prompt_id: str,
        environment: str,
        note: str,
        to_release_id: str | None = None,
        expected_live_id: str | None = None,
    ) -> Release:
        """Make live again what an earlier release said: the one before the live one, unless another is named.

        Going back twice goes back further: what was rolled back from is never returned to unless it is named.

        Raises:
            NotFound: there is no such prompt or release.
            Conflict: there is nothing to go back to, or something else is live than the caller has seen.
        """
        access.require(Right.RELEASE)
        naming.check_text("a note", note, _MAX_NOTE)
        with self._meta.write() as connection:
            prompt = self._lock(connection, access, prompt_id)
            live = store.live(connection, access.project.id, prompt.id, environment)
            _check_expected(prompt, environment, live, expected_live_id)
            if live is None:
                raise _not_released(prompt.name, environment)
            target = self._target(connection, live, to_release_id)
            plan = Plan(
                prompt_id=prompt.id,
                environment=environment,
                version=target.version,
                model=target.model,
                parameters=target.parameters,
                note=note,
            )
            self._models.check(connection, access.project.id, target.model)
            restores = target.restores_id or target.id
            release = self._new(access, prompt, plan, target.overridable, Action.ROLLBACK, live, restores)
            self._keep(connection, access, release, live)
        return release

    def resolve(self, access: ProjectAccess, *, name: str, environment: str) -> Resolved:
        """Return what serves for a prompt in an environment; for applications, so the right to call is enough.

        An empty environment means that of the key.

        Raises:
            NotFound: there is no such prompt or environment, or nothing is released there.
            InvalidInput: no environment was named, and the caller has none.
        """
        access.require(Right.CALL if access.principal.may(Right.CALL) else Right.READ)
        with self._meta.read() as connection:
            environment = environment or _environment_of(connection, access)
            prompt = prompt_store.find_by_name(connection, access.project.id, name)
            if prompt is None:
                near = did_you_mean(name, prompt_store.names(connection, access.project.id))
                raise NotFound(
                    f"there is no prompt {name[:255]!r} in this project",
                    hint=near or "GET .../prompts lists them.",
                    code="unknown_prompt",
                )
            release = store.live(connection, access.project.id, prompt.id, environment)
            if release is None:
                raise _not_released(name, environment)
            return Resolved(release=release, version=find_version(connection, prompt, release.version))

    def _lock(self, connection: Connection, access: ProjectAccess, prompt_id: str) -> Prompt:
        prompt = prompt_store.lock(connection, access.project.id, prompt_id)
        if prompt is None:
            raise NotFound(f"there is no prompt {prompt_id!r} in this project", hint="GET .../prompts lists them.")
        return prompt

    def _check_environment(self, connection: Connection, access: ProjectAccess, environment: str) -> None:
        known = [each.name for each in project_store.environments_of(connection, access.project.id)]
        if environment not in known:
            raise InvalidInput(
                f"there is no environment {environment[:60]!r} in this project; known: {', '.join(known)}",
                hint=did_you_mean(environment, known) or "An admin can add environments.",
                code="unknown_environment",
            )

    def _target(self, connection: Connection, live: Release, to_release_id: str | None) -> Release:
        serving = store.find(connection, live.project_id, live.restores_id) if live.restores_id else live
        wanted = to_release_id or (serving.previous_id if serving else None)
        if wanted is None:
            raise Conflict(
                f"nothing was live before version {live.version} of {live.prompt_name!r} in {live.environment}, "
                "so there is nothing to go back to",
                hint="Release another version, or name the release to go back to.",
            )
        target = store.find(connection, live.project_id, wanted)
        is_of_this = target is not None and (target.prompt_id, target.environment) == (live.prompt_id, live.environment)
        if target is None or not is_of_this:
            raise NotFound(f"{live.prompt_name!r} has no release {wanted!r} to {live.environment}")
        if target.id == live.id:
            raise Conflict(f"release {wanted!r} is live already")
        return target

    def _new(
        self,
        access: ProjectAccess,
        prompt: Prompt,
        plan: Plan,
        overridable: tuple[str, ...],
        action: Action,
        live: Release | None,
        restores_id: str | None = None,
    ) -> Release:
        return Release(
            id=ids.new("rel"),
            project_id=access.project.id,
            prompt_id=prompt.id,
            prompt_name=prompt.name,
            environment=plan.environment,
            version=plan.version,
            arm=MAIN_ARM,
            model=plan.model,
            parameters=plan.parameters,
            overridable=overridable,
            action=action,
            note=plan.note,
            author=author_of(access.principal),
            created_at=self._clock.now(),
            previous_id=live.id if live else None,
            restores_id=restores_id,
            is_live=True,
        )

    def _keep(self, connection: Connection, access: ProjectAccess, release: Release, live: Release | None) -> None:
        store.insert(connection, release)
        revision.touch(connection, revision.GATEWAY)
        verb = "released" if release.action is Action.RELEASE else "rolled back to"
        self._audit.record(
            connection,
            principal=access.principal,
            project_id=access.project.id,
            action=f"release.{'create' if release.action is Action.RELEASE else 'rollback'}",
            subject=release.id,
            summary=f"{verb} version {release.version} of {release.prompt_name!r} in {release.environment}",
            detail={
                "prompt_id": release.prompt_id,
                "environment": release.environment,
                "version": release.version,
                "model": release.model,
                "previous_id": release.previous_id,
                "restores_id": release.restores_id,
                "note": release.note,
                **difference(_audited(live), _audited(release)),
            },
        )


def _audited(release: Release | None) -> dict[str, object]:
    """Return what serves with a release, for the audit log."""
    if release is None:
        return {}
    return {
        "version": release.version,
        "model": release.model,
        "parameters": dict(release.parameters),
        "overridable": list(release.overridable),
    }


def _environment_of(connection: Connection, access: ProjectAccess) -> str:
    key = key_store.find(connection, access.project.id, access.principal.id)
    if key is None:
        raise InvalidInput(
            "no environment was named, and only a key has one of its own", hint="Add ?environment=production."
        )
    return key.environment


def _check_expected(prompt: Prompt, environment: str, live: Release | None, expected: str | None) -> None:
    found = live.id if live else ""
    if expected is None or expected == found:
        return
    now = f"version {live.version} by {live.author.name} (release {live.id})" if live else "nothing"
    raise Conflict(
        f"{prompt.name!r} has moved on in {environment}: live is now {now}",
        hint="Look at what is live now, and release again if you still want to.",
        code="stale_release",
    )


def _not_released(name: str, environment: str) -> NotFound:
    return NotFound(
        f"prompt {name!r} is not released to {environment[:60]!r}",
        hint="Release a version there first.",
        code="prompt_not_released",
    )
