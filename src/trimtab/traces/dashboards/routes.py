"""Dashboards in the management API."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Request, status
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from trimtab.base.errors import InvalidInput
from trimtab.identity.access import Right
from trimtab.identity.current import CurrentProject
from trimtab.identity.paging import DEFAULT_LIMIT, Cursor, Limit
from trimtab.traces.dashboards.measure import MEASURES
from trimtab.traces.dashboards.service import DashboardService
from trimtab.traces.dashboards.views import (
    AnswerView,
    DashboardBody,
    DashboardPage,
    DashboardRow,
    DashboardView,
    MeasurePage,
    MeasureView,
    PanelBody,
)
from trimtab.traces.service import Period

router = APIRouter(prefix="/projects/{project_id}/dashboards", tags=["dashboards"])


def _service(request: Request) -> DashboardService:
    return cast("DashboardService", request.app.state.services.dashboards)


Service = Annotated[DashboardService, Depends(_service)]
Name = Annotated[str, Path(max_length=100)]


class DashboardChange(BaseModel):
    """A dashboard to keep. With a `revision`, only if that is still the newest one, 0 meaning that there is none."""

    model_config = ConfigDict(extra="forbid")

    dashboard: DashboardBody
    revision: Annotated[int | None, Field(ge=0)] = None


class PanelQuery(BaseModel):
    """A panel, and the range that it is asked about: the last 24 hours, up to now, where nothing is said."""

    model_config = ConfigDict(extra="forbid")

    panel: PanelBody
    start: AwareDatetime | None = Field(None, alias="from", description="RFC 3339 with an offset, such as Z.")
    end: AwareDatetime | None = Field(None, alias="to", description="RFC 3339 with an offset, such as Z.")
    environment: str | None = Field(None, description="Only calls of this environment.")


@router.get("")
def list_dashboards(
    access: CurrentProject, service: Service, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> DashboardPage:
    """List the dashboards: those that come with the product, then the project's own by name."""
    found = service.listing(access, limit=limit, cursor=cursor)
    return DashboardPage(items=[DashboardRow.of(each) for each in found.items], next=found.next)


@router.get("/measures")
def list_measures(access: CurrentProject) -> MeasurePage:
    """List what a panel can show."""
    access.require(Right.READ)
    return MeasurePage(items=[MeasureView.of(measure) for measure in MEASURES], next=None)


@router.post("/query")
def query_panel(access: CurrentProject, service: Service, body: PanelQuery) -> AnswerView:
    """Answer a panel, whether or not it is part of a dashboard. Changes nothing."""
    period = Period(start=body.start, end=body.end)
    return AnswerView.of(service.query(access, body.panel.panel(), period, body.environment))


@router.get("/{dashboard}")
def get_dashboard(access: CurrentProject, service: Service, dashboard: Name) -> DashboardView:
    """Return one dashboard."""
    return DashboardView.of(service.get(access, dashboard))


@router.put("/{dashboard}")
def put_dashboard(access: CurrentProject, service: Service, dashboard: Name, body: DashboardChange) -> DashboardView:
    """Make or replace a dashboard of the project."""
    if body.dashboard.name != dashboard:
        raise InvalidInput(f"the dashboard is called {body.dashboard.name!r}, and the address says {dashboard!r}")
    return DashboardView.of(service.put(access, body.dashboard.dashboard(), body.revision))


@router.delete("/{dashboard}", status_code=status.HTTP_204_NO_CONTENT)
def delete_dashboard(access: CurrentProject, service: Service, dashboard: Name) -> None:
    """Forget a dashboard of the project."""
    service.delete(access, dashboard)
