"""Privacy in the management API."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request, Response, status

from trimtab.identity.current import CurrentProject
from trimtab.identity.paging import DEFAULT_LIMIT, Cursor, Limit
from trimtab.traces.privacy.deletions import DeletionService
from trimtab.traces.privacy.expiry import RetentionService
from trimtab.traces.privacy.service import PrivacyService
from trimtab.traces.privacy.views import (
    ContentShape,
    DeletionPage,
    DeletionPreview,
    DeletionView,
    PrivacyView,
    RedactionShape,
    RedactionTrial,
    RedactionTrialView,
    RetentionPlanView,
    RetentionShape,
    SigningKeyView,
    SubjectShape,
    content_of,
    content_shape,
    count_views,
    deletion_view,
    plan_view,
    privacy_view,
    retention_shape,
)

router = APIRouter(prefix="/projects/{project_id}/privacy", tags=["privacy"])


def _service(request: Request) -> PrivacyService:
    return cast("PrivacyService", request.app.state.services.privacy)


def _deletions(request: Request) -> DeletionService:
    return cast("DeletionService", request.app.state.services.deletions)


def _retention(request: Request) -> RetentionService:
    return cast("RetentionService", request.app.state.services.retention)


Service = Annotated[PrivacyService, Depends(_service)]
Deletions = Annotated[DeletionService, Depends(_deletions)]
Retention = Annotated[RetentionService, Depends(_retention)]


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


@router.get("/retention")
def get_retention(access: CurrentProject, retention: Retention) -> RetentionPlanView:
    """Return when old data goes next, and what went last."""
    return plan_view(retention.plan(access))


@router.post("/retention/run")
def run_retention(access: CurrentProject, retention: Retention) -> RetentionPlanView:
    """Remove what is too old in this project at once."""
    return plan_view(retention.run_now(access))


@router.get("/deletions")
def list_deletions(
    access: CurrentProject, deletions: Deletions, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> DeletionPage:
    """List requests for deletion, newest first."""
    found = deletions.listing(access, limit=limit, cursor=cursor)
    return DeletionPage(items=[deletion_view(each) for each in found.items], next=found.next)


@router.post("/deletions/preview")
def preview_deletion(access: CurrentProject, deletions: Deletions, body: SubjectShape) -> DeletionPreview:
    """Return what a deletion would remove at this moment."""
    return DeletionPreview(counts=count_views(deletions.preview(access, body.kind, body.value)))


@router.post("/deletions", status_code=status.HTTP_202_ACCEPTED)
def request_deletion(access: CurrentProject, deletions: Deletions, body: SubjectShape) -> DeletionView:
    """Delete everything of a user, a session or a trace; it is done soon, and survives a restart."""
    return deletion_view(deletions.request(access, body.kind, body.value))


@router.get("/deletions/{deletion_id}")
def get_deletion(access: CurrentProject, deletions: Deletions, deletion_id: str) -> DeletionView:
    """Return how far a deletion is."""
    return deletion_view(deletions.find(access, deletion_id))


@router.get(
    "/deletions/{deletion_id}/proof",
    response_class=Response,
    responses={200: {"content": {"application/json": {"schema": {"type": "object", "additionalProperties": True}}}}},
)
def get_deletion_proof(access: CurrentProject, deletions: Deletions, deletion_id: str) -> Response:
    """Download the signed proof of a complete deletion."""
    return Response(
        deletions.proof(access, deletion_id),
        media_type="application/json",
        headers={"content-disposition": f'attachment; filename="deletion-{deletion_id}.json"'},
    )


@router.get("/signing-key")
def get_signing_key(access: CurrentProject, deletions: Deletions) -> SigningKeyView:
    """Return the public key by which proofs of deletion are checked."""
    return SigningKeyView(public_key=deletions.key(access))
