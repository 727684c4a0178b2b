"""The caller's organisation."""

from datetime import datetime
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from trimtab.identity.current import CurrentPrincipal
from trimtab.identity.model import Organisation
from trimtab.identity.service.organisations import OrganisationService

router = APIRouter(prefix="/organisation", tags=["organisation"])


def _service(request: Request) -> OrganisationService:
    return cast("OrganisationService", request.app.state.services.organisations)


Service = Annotated[OrganisationService, Depends(_service)]


class OrganisationView(BaseModel):
    """A tenant."""

    id: str
    name: str
    created_at: datetime


class OrganisationChange(BaseModel):
    """What can be changed of an organisation."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=200)


@router.get("")
def get_organisation(principal: CurrentPrincipal, service: Service) -> OrganisationView:
    """Return the caller's organisation."""
    return _view(service.get(principal))


@router.patch("")
def rename_organisation(principal: CurrentPrincipal, service: Service, change: OrganisationChange) -> OrganisationView:
    """Rename the organisation."""
    return _view(service.rename(principal, change.name))


def _view(organisation: Organisation) -> OrganisationView:
    return OrganisationView(id=organisation.id, name=organisation.name, created_at=organisation.created_at)
