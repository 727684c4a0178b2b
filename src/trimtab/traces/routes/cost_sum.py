"""What the management API answers to "why this number", for any sum of money that it gives."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field

from trimtab.base.errors import InvalidInput
from trimtab.identity.current import CurrentProject
from trimtab.traces.cost_explainer import CostExplainer, Explanation
from trimtab.traces.cost_sum import Line, Of
from trimtab.traces.filter import CallFilter
from trimtab.traces.routes.questions import MatchQuery
from trimtab.traces.views import Usd, View

router = APIRouter(prefix="/projects/{project_id}/costs", tags=["costs"])


def _service(request: Request) -> CostExplainer:
    return cast("CostExplainer", request.app.state.services.cost_explainer)


Service = Annotated[CostExplainer, Depends(_service)]


class SumQuery(MatchQuery):
    """Which sum: of a range, of what fits, and of one line of a table when `by` and `key` are given."""

    of: Of = Field(
        Of.CALLS,
        description="`calls`: as overview and dashboards sum up. `traces`: as lists, groups, sessions and users do.",
    )
    environment: str | None = Field(None, description="Only calls of this environment.")
    by: list[Annotated[str, Field(max_length=300)]] = Field([], max_length=2, description="Fields of a table's line.")
    key: list[Annotated[str, Field(max_length=1000)]] = Field([], max_length=2, description="Its value in each field.")

    def keys(self) -> list[tuple[str, str]]:
        """Return fields and values in pairs."""
        if len(self.by) != len(self.key):
            raise InvalidInput(f"`by` is there {len(self.by)} times and `key` {len(self.key)}; each `by` needs a `key`")
        return list(zip(self.by, self.key, strict=True))


class SumLine(View):
    """Tokens of one bucket at one price; without a bucket, requests that are not priced by tokens, or not at all."""

    provider: str
    model: str
    service_tier: str
    price_version: str
    price_source: str
    bucket: Annotated[str | None, Field(description="`request` for a fee of each request.")]
    tokens: int
    usd_per_million: str | None
    cost_usd: Annotated[Usd | None, Field(description="Null when it is not known: it is in no sum.")]
    requests: Annotated[int, Field(description="Requests to the provider.")]

    @classmethod
    def of(cls, line: Line) -> "SumLine":
        """Show a line."""
        return cls(
            provider=line.provider,
            model=line.model,
            service_tier=line.service_tier,
            price_version=line.price_version,
            price_source=line.price_source,
            bucket=line.bucket or None,
            tokens=line.tokens,
            usd_per_million=line.usd_per_million,
            cost_usd=line.cost_usd,
            requests=line.entries,
        )


class SumView(View):
    """A sum of money as the lines that it is made of: they and `rest_usd` add up to `cost_usd` exactly."""

    cost_usd: Annotated[Usd | None, Field(description="Null when nothing in it has a price.")]
    calls: Annotated[int, Field(description="Calls that reached a provider.")]
    unpriced_calls: int
    lines: Annotated[list[SumLine], Field(description="What has no price first, then the dearest; the first 200.")]
    rest_usd: Annotated[Usd, Field(description="What the lines cost that are left out.")]

    @classmethod
    def of(cls, found: Explanation) -> "SumView":
        """Show an explanation."""
        return cls(
            cost_usd=found.cost_usd,
            calls=found.calls,
            unpriced_calls=found.unpriced_calls,
            lines=[SumLine.of(line) for line in found.lines],
            rest_usd=found.rest_usd,
        )


@router.get("/sum")
def explain_cost_sum(access: CurrentProject, service: Service, query: Annotated[SumQuery, Query()]) -> SumView:
    """Say why a sum of money is what it is: buckets times prices, line by line."""
    wanted = CallFilter(environment=query.environment, where=query.where())
    return SumView.of(service.explain(access, query.period(), query.of, wanted, query.keys()))
