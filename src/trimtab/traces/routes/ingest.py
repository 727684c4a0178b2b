"""What the management API answers about telemetry: what is let in, what came, and what did not get in."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Query, Request

from trimtab.identity.current import CurrentProject
from trimtab.identity.paging import DEFAULT_LIMIT, MAX_LIMIT
from trimtab.traces.ingest import IngestService
from trimtab.traces.ingest_policies import IngestPolicyService
from trimtab.traces.ingest_policy import IngestPolicy, PolicyRecord, policy
from trimtab.traces.ingest_views import (
    DeadLetterPage,
    IngestView,
    OutcomesView,
    PolicyShape,
    PolicyView,
    PreviewView,
    ReplayView,
    RuleShape,
    SenderPage,
)
from trimtab.traces.routes.questions import PeriodQuery

router = APIRouter(prefix="/projects/{project_id}/ingest", tags=["telemetry"])


def _service(request: Request) -> IngestService:
    return cast("IngestService", request.app.state.services.ingest)


def _policies(request: Request) -> IngestPolicyService:
    return cast("IngestPolicyService", request.app.state.services.ingest_policies)


Service = Annotated[IngestService, Depends(_service)]
Policies = Annotated[IngestPolicyService, Depends(_policies)]
LetterId = Annotated[str, Path(pattern="^[0-9a-f]{32}$")]
PeriodParameters = Annotated[PeriodQuery, Query()]


@router.get("")
def get_ingest(access: CurrentProject, service: Service) -> IngestView:
    """Return how much came, was put aside, dropped, refused or counted elsewhere since the server started."""
    return service.status(access)


@router.get("/senders")
def list_telemetry_senders(access: CurrentProject, service: Service, query: PeriodParameters) -> SenderPage:
    """List who reports spans: vocabulary and library, how many, and when last."""
    return service.senders(access, query.period())


@router.get("/outcomes")
def get_ingest_outcomes(access: CurrentProject, service: Service, query: PeriodParameters) -> OutcomesView:
    """Return what became of telemetry over time, and why it was not kept."""
    return service.outcomes(access, query.period())


@router.get("/policy")
def get_ingest_policy(access: CurrentProject, service: Policies) -> PolicyView:
    """Return the project's ingest policy."""
    return _view(service.read(access))


@router.put("/policy")
def replace_ingest_policy(access: CurrentProject, service: Policies, body: PolicyShape) -> PolicyView:
    """Put another ingest policy in force, within a second; what is stored stays as it is."""
    return _view(service.replace(access, _policy(body)))


@router.post("/policy/preview")
def preview_ingest_policy(access: CurrentProject, service: Service, body: PolicyShape) -> PreviewView:
    """Say what a policy would have done with the spans of the last hour. Changes nothing."""
    return service.preview(access, _policy(body))


@router.get("/dead-letters")
def list_dead_letters(
    access: CurrentProject, service: Service, limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT
) -> DeadLetterPage:
    """List the newest items that were refused, with their reasons."""
    return DeadLetterPage(items=service.letters(access, limit), next=None)


@router.post("/dead-letters/replay")
def replay_dead_letters(access: CurrentProject, service: Service) -> ReplayView:
    """Try everything that was refused again, after its cause is gone."""
    return service.replay(access)


@router.post("/dead-letters/{letter_id}/replay")
def replay_dead_letter(access: CurrentProject, service: Service, letter_id: LetterId) -> ReplayView:
    """Try one item that was refused again, after its cause is gone; what is refused again is kept again."""
    return service.replay_one(access, letter_id)


def _policy(body: PolicyShape) -> IngestPolicy:
    return policy(
        unrelated=body.unrelated,
        aside_percent=body.aside_percent,
        deduplicates=body.deduplicates,
        rules=[(rule.query, rule.fate) for rule in body.rules],
    )


def _view(record: PolicyRecord) -> PolicyView:
    found = record.policy
    return PolicyView(
        policy=PolicyShape(
            unrelated=found.unrelated,
            aside_percent=found.aside_percent,
            deduplicates=found.deduplicates,
            rules=[RuleShape(query=rule.query, fate=rule.fate) for rule in found.rules],
        ),
        updated_by=record.updated_by or None,
        updated_at=record.updated_at,
    )
