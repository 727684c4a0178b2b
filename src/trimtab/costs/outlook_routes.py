"""Forecast and concentration of cost over REST."""

from datetime import date
from decimal import Decimal
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from trimtab.costs.concentration import By, Share
from trimtab.costs.forecast import LEVEL, Method
from trimtab.costs.service.outlook import Concentration, Outlook, OutlookService
from trimtab.costs.views import Usd
from trimtab.identity.current import CurrentProject

router = APIRouter(prefix="/projects/{project_id}/costs", tags=["costs"])


def _service(request: Request) -> OutlookService:
    return cast("OutlookService", request.app.state.services.outlook)


Service = Annotated[OutlookService, Depends(_service)]
Environment = Annotated[str | None, Query(description="Only calls of this environment.")]


class ConcentrationQuery(BaseModel):
    """Of which range, and what is compared."""

    model_config = ConfigDict(extra="forbid")

    by: By = By.USER
    start: AwareDatetime = Field(alias="from", description="RFC 3339 with an offset, such as Z.")
    end: AwareDatetime = Field(alias="to", description="RFC 3339 with an offset, such as Z.")
    environment: str | None = Field(None, description="Only calls of this environment.")


class ForecastView(BaseModel):
    """The month in UTC that it is now: what it has cost, and what it will have cost at its end."""

    month: Annotated[date, Field(description="Its first day.")]
    spent_usd: Usd
    expected_usd: Annotated[Usd | None, Field(description="Null when too few days are known.")]
    low_usd: Usd | None
    high_usd: Usd | None
    interval: Annotated[float, Field(description="How often the month ends within the interval, if days go on alike.")]
    method: Method
    days_observed: int
    note: Annotated[str | None, Field(description="What has to be known to read the numbers.")]

    @classmethod
    def of(cls, outlook: Outlook) -> "ForecastView":
        """Show a forecast."""
        found = outlook.forecast
        return cls(
            month=found.month,
            spent_usd=found.spent_usd,
            expected_usd=found.expected_usd,
            low_usd=found.low_usd,
            high_usd=found.high_usd,
            interval=float(LEVEL),
            method=found.method,
            days_observed=found.days_observed,
            note=outlook.note,
        )


class ShareView(BaseModel):
    """One of the dearest, with its share of the total and that of all down to it."""

    key: str
    cost_usd: Usd
    share: float
    cumulative_share: float

    @classmethod
    def of(cls, share: Share) -> "ShareView":
        """Show a share."""
        return cls(
            key=share.key,
            cost_usd=share.cost_usd,
            share=_rounded(share.share),
            cumulative_share=_rounded(share.cumulative_share),
        )


class ConcentrationView(BaseModel):
    """How cost is spread: over how many, who costs most, and how unequally."""

    total_usd: Annotated[Usd, Field(description="Of the calls that have such a value and a price.")]
    unattributed_usd: Annotated[Usd, Field(description="Of the calls that have none.")]
    unpriced_calls: int
    groups: int
    top: Annotated[list[ShareView], Field(description="The 20 dearest.")]
    gini: Annotated[float | None, Field(description="0 when all cost the same, towards 1 when one costs everything.")]

    @classmethod
    def of(cls, found: Concentration) -> "ConcentrationView":
        """Show how cost is spread."""
        return cls(
            total_usd=found.total_usd,
            unattributed_usd=found.unattributed_usd,
            unpriced_calls=found.unpriced_calls,
            groups=found.groups,
            top=[ShareView.of(share) for share in found.top],
            gini=None if found.gini is None else _rounded(found.gini),
        )


def _rounded(share: Decimal) -> float:
    return float(round(share, 6))


@router.get("/forecast")
def get_cost_forecast(access: CurrentProject, service: Service, environment: Environment = None) -> ForecastView:
    """Return what this month will have cost at its end, with an interval of 80 %."""
    return ForecastView.of(service.forecast(access, environment))


@router.get("/concentration")
def get_cost_concentration(
    access: CurrentProject, service: Service, query: Annotated[ConcentrationQuery, Query()]
) -> ConcentrationView:
    """Return who or what makes up the cost of a range, the dearest first, and how unequally it is spread."""
    found = service.concentration(access, query.by, query.start, query.end, query.environment)
    return ConcentrationView.of(found)
