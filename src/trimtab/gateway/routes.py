"""Providers, aliases and models over REST. No answer ever has a secret in it."""

from datetime import datetime
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Depends, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from trimtab.gateway.providers.kind import ProviderKind
from trimtab.gateway.providers.provider import Alias, Provider
from trimtab.gateway.service import NewProvider, ProviderChange, ProviderService, SetupService, kinds
from trimtab.identity.current import CurrentPrincipal, CurrentProject
from trimtab.identity.paging import DEFAULT_LIMIT, Cursor, Limit

router = APIRouter(tags=["providers"])
_PROJECT = "/projects/{project_id}"


def _service(request: Request) -> ProviderService:
    return cast("ProviderService", request.app.state.services.providers)


def _setup_service(request: Request) -> SetupService:
    return cast("SetupService", request.app.state.services.setup)


Service = Annotated[ProviderService, Depends(_service)]
AliasName = Annotated[str, Path(max_length=100)]


class ProviderKindView(BaseModel):
    """A kind of provider and what it takes to connect one."""

    kind: str
    title: str
    base_url: str
    needs_base_url: bool
    needs_secret: bool
    secret_hint: str
    docs_note: str

    @classmethod
    def of(cls, kind: ProviderKind) -> "ProviderKindView":
        """Show a kind."""
        return cls(
            kind=kind.kind,
            title=kind.title,
            base_url=kind.base_url,
            needs_base_url=kind.needs_base_url,
            needs_secret=kind.needs_secret,
            secret_hint=kind.secret_hint,
            docs_note=kind.docs_note,
        )


class ProviderKindPage(BaseModel):
    """All kinds of providers."""

    items: list[ProviderKindView]
    next: str | None


class ProviderView(BaseModel):
    """A provider; of its secret only whether there is one, and how it ends."""

    id: str
    name: str
    kind: str
    base_url: str
    has_secret: bool
    secret_hint: str
    headers: dict[str, str]
    keep_alive: bool
    models: list[str]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, provider: Provider) -> "ProviderView":
        """Show a provider."""
        return cls(
            id=provider.id,
            name=provider.name,
            kind=provider.kind,
            base_url=provider.base_url,
            has_secret=provider.sealed_secret is not None,
            secret_hint=provider.secret_hint,
            headers=provider.headers,
            keep_alive=provider.keep_alive,
            models=list(provider.models),
            created_at=provider.created_at,
            updated_at=provider.updated_at,
        )


class ProviderPage(BaseModel):
    """Some providers."""

    items: list[ProviderView]
    next: str | None


class ProviderBody(BaseModel):
    """A provider to connect. Without `base_url` it is where its kind is."""

    model_config = ConfigDict(extra="forbid")

    name: str
    kind: str
    base_url: str = ""
    secret: str = Field(default="", repr=False)
    headers: dict[str, str] = {}
    keep_alive: bool | None = None
    models: list[str] = []


class ProviderChangeBody(BaseModel):
    """What to change; what is left out or null stays. An empty secret takes the secret away."""

    model_config = ConfigDict(extra="forbid")

    base_url: str | None = None
    secret: str | None = Field(default=None, repr=False)
    headers: dict[str, str] | None = None
    keep_alive: bool | None = None
    models: list[str] | None = None


class CheckView(BaseModel):
    """What came of asking a provider. `status` is that of its answer, null when there was none."""

    ok: bool
    latency_ms: float
    status: int | None
    message: str
    models: list[str]


class AliasView(BaseModel):
    """Another name for a model."""

    alias: str
    target: str
    updated_at: datetime

    @classmethod
    def of(cls, alias: Alias) -> "AliasView":
        """Show an alias."""
        return cls(alias=alias.alias, target=alias.target, updated_at=alias.updated_at)


class AliasPage(BaseModel):
    """Some aliases."""

    items: list[AliasView]
    next: str | None


class AliasBody(BaseModel):
    """What an alias stands for."""

    model_config = ConfigDict(extra="forbid")

    target: str


class ModelView(BaseModel):
    """Something that a call can name."""

    id: str
    kind: Literal["model", "alias", "prompt"]


class ModelPage(BaseModel):
    """All that a call can name, as far as it is known."""

    items: list[ModelView]
    next: str | None


class SampleView(BaseModel):
    """A released prompt to try."""

    prompt: str
    model: str


class SetupView(BaseModel):
    """How far a project has come on its way to the first call."""

    gateway_url: str
    sample: SampleView | None
    has_provider: bool
    has_calls: bool


@router.get("/provider-kinds")
def list_provider_kinds(_principal: CurrentPrincipal) -> ProviderKindPage:
    """List the kinds of providers."""
    return ProviderKindPage(items=[ProviderKindView.of(kind) for kind in kinds()], next=None)


@router.get(_PROJECT + "/providers")
def list_providers(
    access: CurrentProject, service: Service, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> ProviderPage:
    """List the providers by name."""
    found = service.listing(access, limit=limit, cursor=cursor)
    return ProviderPage(items=[ProviderView.of(provider) for provider in found.items], next=found.next)


@router.post(_PROJECT + "/providers", status_code=201)
def create_provider(access: CurrentProject, service: Service, new: ProviderBody) -> ProviderView:
    """Connect a provider; its secret is sealed and never shown again."""
    made = service.create(
        access,
        NewProvider(
            name=new.name,
            kind=new.kind,
            base_url=new.base_url,
            secret=new.secret,
            headers=new.headers,
            keep_alive=new.keep_alive,
            models=new.models,
        ),
    )
    return ProviderView.of(made)


@router.patch(_PROJECT + "/providers/{provider_id}")
def update_provider(
    access: CurrentProject, service: Service, provider_id: str, change: ProviderChangeBody
) -> ProviderView:
    """Change a provider; its name and kind stay."""
    changed = service.change(
        access,
        provider_id,
        ProviderChange(
            base_url=change.base_url,
            secret=change.secret,
            headers=change.headers,
            keep_alive=change.keep_alive,
            models=change.models,
        ),
    )
    return ProviderView.of(changed)


@router.delete(_PROJECT + "/providers/{provider_id}", status_code=204)
def delete_provider(access: CurrentProject, service: Service, provider_id: str) -> None:
    """Remove a provider and its secret; 409 while a live release or an alias needs it."""
    service.delete(access, provider_id)


@router.post(_PROJECT + "/providers/{provider_id}/check")
def check_provider(access: CurrentProject, service: Service, provider_id: str) -> CheckView:
    """Ask the provider, live, whether it takes the secret and which models it has."""
    result = service.check(access, provider_id)
    return CheckView(
        ok=result.ok,
        latency_ms=result.latency_ms,
        status=result.status,
        message=result.message,
        models=result.models,
    )


@router.get(_PROJECT + "/aliases")
def list_aliases(
    access: CurrentProject, service: Service, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> AliasPage:
    """List the aliases by name."""
    found = service.aliases(access, limit=limit, cursor=cursor)
    return AliasPage(items=[AliasView.of(alias) for alias in found.items], next=found.next)


@router.put(_PROJECT + "/aliases/{alias}")
def put_alias(access: CurrentProject, service: Service, alias: AliasName, body: AliasBody) -> AliasView:
    """Let an alias stand for a model, new or instead of another."""
    return AliasView.of(service.put_alias(access, alias, body.target))


@router.delete(_PROJECT + "/aliases/{alias}", status_code=204)
def delete_alias(access: CurrentProject, service: Service, alias: AliasName) -> None:
    """Remove an alias; 409 while a live release needs it."""
    service.delete_alias(access, alias)


@router.get(_PROJECT + "/models")
def list_models(access: CurrentProject, service: Service) -> ModelPage:
    """List all that a call can name, as far as it is known."""
    return ModelPage(items=[ModelView(id=model.id, kind=model.kind) for model in service.models(access)], next=None)


@router.get(_PROJECT + "/setup")
def get_setup(access: CurrentProject, service: Annotated[SetupService, Depends(_setup_service)]) -> SetupView:
    """Show how far the project has come on its way to the first call."""
    setup = service.get(access)
    sample = None if setup.sample is None else SampleView(prompt=setup.sample.prompt, model=setup.sample.model)
    return SetupView(
        gateway_url=setup.gateway_url, sample=sample, has_provider=setup.has_provider, has_calls=setup.has_calls
    )
