"""Privacy in the management API."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request

from trimtab.identity.current import CurrentProject
from trimtab.traces.privacy.service import PrivacyService
from trimtab.traces.privacy.views import (
    ContentShape,
    PrivacyView,
    RedactionShape,
    RedactionTrial,
    RedactionTrialView,
    RetentionShape,
    content_of,
    content_shape,
    privacy_view,
    retention_shape,
)

router = APIRouter(prefix="/projects/{project_id}/privacy", tags=["privacy"])


def _service(request: Request) -> PrivacyService:
    return cast("PrivacyService", request.app.state.services.privacy)


Service = Annotated[PrivacyService, Depends(_service)]


@router.get("")
def get_privacy(access: CurrentProject, service: Service) -> PrivacyView:
    """Return what the project wants about its data, what can be chosen, and what was done."""
    return privacy_view(service.read(access))


@router.put("/redaction")
def replace_redaction(access: CurrentProject, service: Service, body: RedactionShape) -> RedactionShape:
    """Say what is taken out of texts that arrive from now on."""
    return RedactionShape.of(service.replace_redaction(access, body.wanted()).redaction)


@router.post("/redaction/try")
def try_redaction(access: CurrentProject, service: Service, body: RedactionTrial) -> RedactionTrialView:
    """Return what a redaction would make of a text; nothing is stored."""
    tried = service.try_redaction(access, body.redaction.wanted(), body.text)
    return RedactionTrialView(text=tried.text, found=dict(tried.found))


@router.put("/content")
def replace_content(access: CurrentProject, service: Service, body: ContentShape) -> ContentShape:
    """Say whose messages are kept from now on, by environment."""
    return content_shape(service.replace_content(access, content_of(body)))


@router.put("/retention")
def replace_retention(access: CurrentProject, service: Service, body: RetentionShape) -> RetentionShape:
    """Say for how many days each kind of data is kept."""
    return retention_shape(service.replace_retention(access, body.wanted()))
