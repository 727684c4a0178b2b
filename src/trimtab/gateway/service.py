"""Which models a project can reach: its providers, their secrets, and other names for their models."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final, Literal

from sqlalchemy.engine import Connection

from trimtab.base import ids
from trimtab.base.clock import Clock
from trimtab.base.errors import Conflict, InvalidInput, NotFound
from trimtab.gateway import store
from trimtab.gateway.providers import KINDS, check, kind_of, provider
from trimtab.gateway.providers.check import CheckResult
from trimtab.gateway.providers.kind import ProviderKind
from trimtab.gateway.providers.provider import Alias, Provider
from trimtab.identity.access import ProjectAccess, Right
from trimtab.identity.audit import Audit, difference
from trimtab.identity.paging import Page, page
from trimtab.identity.secrets import SecretBox, provider_context
from trimtab.prompts.variable import did_you_mean
from trimtab.releases import store as release_store
from trimtab.releases.release import check_model
from trimtab.storage import revision
from trimtab.storage.meta import Meta
from trimtab.traces.filter import CallFilter
from trimtab.traces.service import Period, TraceService

_MOST_PROVIDERS: Final = 200
_MOST_ALIASES: Final = 1_000
_LOOK_BACK: Final = timedelta(days=365)
_FIRST_ENVIRONMENT_TO_SHOW: Final = "production"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProvider:
    """A provider that somebody wants. An empty `base_url` means that of the kind, `keep_alive` None what suits it."""

    name: str
    kind: str
    base_url: str = ""
    secret: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    keep_alive: bool | None = None
    models: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderChange:
    """What is to change; None leaves a thing as it is. An empty secret takes the secret away."""

    base_url: str | None = None
    secret: str | None = field(default=None, repr=False)
    headers: Mapping[str, str] | None = field(default=None, repr=False)
    keep_alive: bool | None = None
    models: Sequence[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Something that a call can name: a provider's model, an alias, or a released prompt."""

    id: str
    kind: Literal["model", "alias", "prompt"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A released prompt to try."""

    prompt: str
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """How far a project has come on its way to the first call."""

    gateway_url: str
    sample: Sample | None
    has_provider: bool
    has_calls: bool


class ModelsFromStore:
    """Answers the releases room's question of which models a project can reach."""

    def check(self, connection: Connection, project_id: str, model: str) -> None:
        """Let the caller go on with a model of a provider of the project, or an alias.

        Raises:
            InvalidInput: there is no such provider or alias; says which there are.
        """
        name, slash, rest = model.partition("/")
        if not slash:
            if store.find_alias(connection, project_id, model) is None:
                known = [alias.alias for alias in store.list_aliases(connection, project_id, None, _MOST_ALIASES)]
                raise InvalidInput(
                    f"there is no alias {model[:80]!r} in this project",
                    hint=did_you_mean(model, known) or "Write 'provider/model', or make an alias.",
                    code="unknown_model",
                )
            return
        if store.find_by_name(connection, project_id, name) is None or not rest:
            raise _no_provider_named(connection, project_id, name)


class ProviderService:
    """Keeps providers and aliases. The gateway learns of a change within a second."""

    def __init__(self, meta: Meta, audit: Audit, clock: Clock, box: SecretBox) -> None:
        """Work on `meta`; seal secrets in `box`."""
        self._meta = meta
        self._audit = audit
        self._clock = clock
        self._box = box

    def listing(self, access: ProjectAccess, *, limit: int, cursor: str | None) -> Page[Provider]:
        """Return the providers by name."""
        access.require(Right.READ)
        with self._meta.read() as connection:
            rows = store.listing(connection, access.project.id, cursor, limit + 1)
        return page(rows, limit, lambda each: each.name)

    def create(self, access: ProjectAccess, new: NewProvider) -> Provider:
        """Return a new provider; its secret is sealed and never shown again.

        Raises:
            InvalidInput: something of it cannot be used; says what and how it should look.
            Conflict: the project has a provider of this name.
        """
        access.require(Right.ADMIN)
        made = self._made(access, new)
        with self._meta.write() as connection:
            if len(store.names(connection, access.project.id)) >= _MOST_PROVIDERS:
                raise Conflict(f"a project has at most {_MOST_PROVIDERS} providers")
            store.insert(connection, made)
            summary = f"connected the provider {made.name!r}"
            self._note(connection, access, "provider.create", summary, after=made)
        return made

    def ensure(self, access: ProjectAccess, new: NewProvider) -> tuple[Provider, bool]:
        """Bring a provider to what the caller wants, made or changed; return it and whether anything was done.

        Raises:
            InvalidInput: something of it cannot be used.
            Conflict: there is one of this name and another kind.
        """
        access.require(Right.ADMIN)
        with self._meta.read() as connection:
            found = store.find_by_name(connection, access.project.id, new.name)
        if found is None:
            return self.create(access, new), True
        if found.kind != new.kind:
            raise Conflict(
                f"provider {new.name!r} is there with the kind {found.kind!r}, wanted {new.kind!r}",
                hint="Give it another name, or remove the one that is there.",
            )
        change = ProviderChange(
            base_url=new.base_url,
            secret=None if self._is_kept(found, new) else new.secret,
            headers=new.headers,
            keep_alive=KINDS[new.kind].keep_alive if new.keep_alive is None else new.keep_alive,
            models=new.models,
        )
        changed = self._changed(found, change)
        if dataclasses.replace(changed, updated_at=found.updated_at) == found:
            return found, False
        return self.change(access, found.id, change), True

    def change(self, access: ProjectAccess, provider_id: str, change: ProviderChange) -> Provider:
        """Change a provider and return it.

        Raises:
            InvalidInput: something of it cannot be used.
        """
        access.require(Right.ADMIN)
        with self._meta.write() as connection:
            found = store.lock(connection, access.project.id, provider_id)
            if found is None:
                raise _no_provider(provider_id)
            changed = self._changed(found, change)
            store.update(connection, changed)
            what = ", ".join(name for name in _CHANGEABLE if getattr(change, name) is not None) or "nothing"
            summary = f"changed {what} of the provider {found.name!r}"
            self._note(connection, access, "provider.change", summary, before=found, after=changed)
        return changed

    def delete(self, access: ProjectAccess, provider_id: str) -> None:
        """Remove a provider and its secret.

        Raises:
            Conflict: a live release or an alias needs it.
        """
        access.require(Right.ADMIN)
        with self._meta.write() as connection:
            found = store.lock(connection, access.project.id, provider_id)
            if found is None:
                raise _no_provider(provider_id)
            needed = _needed_by(connection, access.project.id, f"{found.name}/")
            needed += [f"alias {alias}" for alias in store.aliases_to(connection, access.project.id, found.name)]
            if needed:
                raise Conflict(
                    f"provider {found.name!r} is needed by {', '.join(needed[:5])}",
                    hint="Release other models there and change the aliases first.",
                    code="provider_in_use",
                )
            store.delete(connection, found.id)
            summary = f"removed the provider {found.name!r}"
            self._note(connection, access, "provider.delete", summary, before=found)

    def check(self, access: ProjectAccess, provider_id: str) -> CheckResult:
        """Ask the provider, live, whether it takes the secret and which models it has; wait up to 20 seconds."""
        access.require(Right.ADMIN)
        with self._meta.read() as connection:
            found = store.find(connection, access.project.id, provider_id)
        if found is None:
            raise _no_provider(provider_id)
        return check.check(kind_of(found.kind), found.base_url, self._opened(found), found.headers)

    def aliases(self, access: ProjectAccess, *, limit: int, cursor: str | None) -> Page[Alias]:
        """Return the aliases by name."""
        access.require(Right.READ)
        with self._meta.read() as connection:
            rows = store.list_aliases(connection, access.project.id, cursor, limit + 1)
        return page(rows, limit, lambda alias: alias.alias)

    def put_alias(self, access: ProjectAccess, alias: str, target: str) -> Alias:
        """Let an alias stand for a model, and return it.

        Raises:
            InvalidInput: the name cannot be an alias, or the target is no model of a provider here.
        """
        access.require(Right.WRITE)
        check_model(target)
        kept = Alias(alias=provider.check_alias(alias), target=target, updated_at=self._clock.now())
        with self._meta.write() as connection:
            name, slash, model = target.partition("/")
            if not slash or not model or store.find_by_name(connection, access.project.id, name) is None:
                raise _no_provider_named(connection, access.project.id, name)
            if len(store.list_aliases(connection, access.project.id, None, _MOST_ALIASES)) >= _MOST_ALIASES:
                raise Conflict(f"a project has at most {_MOST_ALIASES} aliases")
            before = store.find_alias(connection, access.project.id, alias)
            store.put_alias(connection, access.project.id, kept)
            revision.touch(connection, revision.GATEWAY)
            summary = f"let the alias {alias!r} stand for {target!r}"
            self._note_alias(connection, access, "alias.put", summary, before=before, after=kept)
        return kept

    def delete_alias(self, access: ProjectAccess, alias: str) -> None:
        """Remove an alias.

        Raises:
            Conflict: a live release needs it.
        """
        access.require(Right.WRITE)
        with self._meta.write() as connection:
            found = store.find_alias(connection, access.project.id, alias)
            if found is None:
                raise NotFound(f"there is no alias {alias[:100]!r} in this project")
            needed = _needed_by(connection, access.project.id, alias, is_whole=True)
            if needed:
                raise Conflict(
                    f"alias {alias!r} is needed by {', '.join(needed[:5])}",
                    hint="Release another model there first.",
                    code="alias_in_use",
                )
            store.delete_alias(connection, access.project.id, alias)
            revision.touch(connection, revision.GATEWAY)
            self._note_alias(connection, access, "alias.delete", f"removed the alias {alias!r}", before=found)

    def models(self, access: ProjectAccess) -> list[Model]:
        """Return all that a call can name, as far as it is known: providers may have more models than they list."""
        access.require(Right.CALL if access.principal.may(Right.CALL) else Right.READ)
        with self._meta.read() as connection:
            providers = store.listing(connection, access.project.id, None, _MOST_PROVIDERS)
            aliases = store.list_aliases(connection, access.project.id, None, _MOST_ALIASES)
            prompts = release_store.live_in(connection, access.project.id)
        found = [Model(id=f"{each.name}/{model}", kind="model") for each in providers for model in each.models]
        found += [Model(id=alias.alias, kind="alias") for alias in aliases]
        names = dict.fromkeys(release.prompt_name for release in prompts)
        return found + [Model(id=f"prompt:{name}", kind="prompt") for name in names]

    def _made(self, access: ProjectAccess, new: NewProvider) -> Provider:
        kind = kind_of(new.kind)
        now = self._clock.now()
        name = provider.check_name(new.name)
        secret = provider.check_secret(new.secret, kind)
        return Provider(
            id=ids.new("prv"),
            project_id=access.project.id,
            name=name,
            kind=kind.kind,
            base_url=provider.check_base_url(new.base_url, kind),
            sealed_secret=self._sealed(access.project.id, name, secret),
            secret_hint=provider.hint_of(secret),
            headers=provider.check_headers(new.headers, kind),
            keep_alive=kind.keep_alive if new.keep_alive is None else new.keep_alive,
            models=provider.check_models(new.models),
            created_at=now,
            updated_at=now,
        )

    def _changed(self, found: Provider, change: ProviderChange) -> Provider:
        kind = kind_of(found.kind)
        sealed, hint = found.sealed_secret, found.secret_hint
        if change.secret is not None:
            secret = provider.check_secret(change.secret, kind)
            sealed, hint = self._sealed(found.project_id, found.name, secret), provider.hint_of(secret)
        base_url = found.base_url if change.base_url is None else provider.check_base_url(change.base_url, kind)
        if sealed is not None and change.secret is None and not provider.is_same_server(base_url, found.base_url):
            raise InvalidInput(
                f"the secret of provider {found.name!r} was given for {found.base_url}, not for {base_url}",
                hint="Enter the secret for the new address too: a stored one is never sent to another server.",
                code="secret_needed",
            )
        headers = found.headers if change.headers is None else provider.check_headers(change.headers, kind)
        return dataclasses.replace(
            found,
            base_url=base_url,
            sealed_secret=sealed,
            secret_hint=hint,
            headers=headers,
            keep_alive=found.keep_alive if change.keep_alive is None else change.keep_alive,
            models=found.models if change.models is None else provider.check_models(change.models),
            updated_at=self._clock.now(),
        )

    def _sealed(self, project_id: str, name: str, secret: str) -> bytes | None:
        return self._box.seal(secret, provider_context(project_id, name)) if secret else None

    def _opened(self, found: Provider) -> str:
        if found.sealed_secret is None:
            return ""
        return self._box.open(found.sealed_secret, provider_context(found.project_id, found.name))

    def _is_kept(self, found: Provider, new: NewProvider) -> bool:
        """Say whether what is wanted has the stored secret, at the server that it was given for."""
        base_url = provider.check_base_url(new.base_url, kind_of(found.kind))
        return self._opened(found) == new.secret.strip() and provider.is_same_server(base_url, found.base_url)

    def _note(
        self,
        connection: Connection,
        access: ProjectAccess,
        action: str,
        summary: str,
        *,
        before: Provider | None = None,
        after: Provider | None = None,
    ) -> None:
        what = after or before
        assert what is not None  # noqa: S101 - a change has at least one side
        revision.touch(connection, revision.GATEWAY)
        self._audit.record(
            connection,
            principal=access.principal,
            project_id=access.project.id,
            action=action,
            subject=what.id,
            summary=summary,
            detail={"name": what.name, "kind": what.kind, **difference(_audited(before), _audited(after))},
        )

    def _note_alias(
        self,
        connection: Connection,
        access: ProjectAccess,
        action: str,
        summary: str,
        *,
        before: Alias | None = None,
        after: Alias | None = None,
    ) -> None:
        what = after or before
        assert what is not None  # noqa: S101 - a change has at least one side
        self._audit.record(
            connection,
            principal=access.principal,
            project_id=access.project.id,
            action=action,
            subject=what.alias,
            summary=summary,
            detail=difference(
                {"target": before.target} if before else {},
                {"target": after.target} if after else {},
            ),
        )


_CHANGEABLE: Final = tuple(each.name for each in dataclasses.fields(ProviderChange))


class SetupService:
    """Says how far a project has come, for the page that helps to get started."""

    def __init__(self, meta: Meta, traces: TraceService, clock: Clock, gateway_url: str) -> None:
        """Work on `meta` and `traces`; `gateway_url` is where applications reach the gateway."""
        self._meta = meta
        self._traces = traces
        self._clock = clock
        self._gateway_url = gateway_url

    def get(self, access: ProjectAccess) -> Setup:
        """Return what there is."""
        access.require(Right.READ)
        with self._meta.read() as connection:
            names = store.names(connection, access.project.id)
            live = release_store.live_in(connection, access.project.id)
        first = sorted(live, key=lambda release: release.environment != _FIRST_ENVIRONMENT_TO_SHOW)
        return Setup(
            gateway_url=self._gateway_url,
            sample=Sample(prompt=first[0].prompt_name, model=first[0].model) if first else None,
            has_provider=bool(names),
            has_calls=self._has_calls(access),
        )

    def _has_calls(self, access: ProjectAccess) -> bool:
        period = Period(start=self._clock.now() - _LOOK_BACK)
        return bool(self._traces.listing(access, period, CallFilter(), cursor=None, limit=1).items)


def kinds() -> list[ProviderKind]:
    """Return every kind of provider, in the order in which people are shown them."""
    return list(KINDS.values())


def _audited(provider: Provider | None) -> dict[str, object]:
    """Return what the audit log may know of a provider: of headers the names alone, for a value may be a secret."""
    if provider is None:
        return {}
    return {
        "base_url": provider.base_url,
        "secret_hint": provider.secret_hint,
        "headers": sorted(provider.headers),
        "keep_alive": provider.keep_alive,
        "models": list(provider.models),
    }


def _needed_by(connection: Connection, project_id: str, model: str, *, is_whole: bool = False) -> list[str]:
    """Return which live releases are made with this model, or with one that begins like this."""
    return [
        f"{release.prompt_name}@{release.environment}"
        for release in release_store.live_in(connection, project_id)
        if (release.model == model if is_whole else release.model.startswith(model))
    ]


def _no_provider(provider_id: str) -> NotFound:
    return NotFound(f"there is no provider {provider_id!r} in this project", hint="GET .../providers lists them.")


def _no_provider_named(connection: Connection, project_id: str, name: str) -> InvalidInput:
    known = store.names(connection, project_id)
    return InvalidInput(
        f"there is no provider {name[:60]!r} in this project; known: {', '.join(known) or 'none yet'}",
        hint=did_you_mean(name, known) or "A model is written 'provider/model'; connect the provider first.",
        code="unknown_model",
    )
