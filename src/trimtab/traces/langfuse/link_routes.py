"""The links to traces that clients of Langfuse make from the server's address lead to the page of the trace here."""

from collections.abc import Iterator
from typing import Final, cast
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from trimtab.base.errors import NotAuthenticated, NotFound
from trimtab.identity.access import ProjectAccess
from trimtab.identity.current import principal
from trimtab.identity.service.projects import ProjectService
from trimtab.traces import named_ids as ids
from trimtab.traces.langfuse.reads import ReadService

router = APIRouter(tags=["langfuse"], include_in_schema=False)

_SIGN_IN: Final = "/sign-in"
_MOST_PROJECTS: Final = 50


@router.get("/project/{project_id}/traces/{trace_id}")
@router.get("/trace/{trace_id}")
def langfuse_open_trace(request: Request, trace_id: str, project_id: str = "") -> RedirectResponse:
    """Lead to the page of a trace, in the project that is named or in the one of the caller's that has it."""
    try:
        found = next(_having(request, project_id, trace_id))
    except NotAuthenticated:
        return RedirectResponse(_SIGN_IN)
    except StopIteration:
        raise NotFound(
            f"there is no trace {trace_id!r} in your projects", hint="It may not have arrived yet."
        ) from None
    return RedirectResponse(f"/projects/{quote(found.project.slug)}/traces/{ids.trace_id(trace_id)}")


def _having(request: Request, project_id: str, trace_id: str) -> Iterator[ProjectAccess]:
    services = request.app.state.services
    projects, reads = cast("ProjectService", services.projects), cast("ReadService", services.langfuse_reads)
    caller = principal(request)
    if project_id:
        yield projects.enter(caller, project_id)
        return
    for project in projects.listing(caller, limit=_MOST_PROJECTS, cursor=None).items:
        access = projects.enter(caller, project.id)
        if reads.has_trace(access, trace_id):
            yield access
