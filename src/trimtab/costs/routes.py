"""Prices and costs over REST."""

from typing import Annotated, cast

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from trimtab.costs import service_tier
from trimtab.costs.export import MEDIA_TYPES, FileForm
from trimtab.costs.service.exports import LedgerExportService
from trimtab.costs.service.own_prices import NewPrice, OwnPriceService, Question
from trimtab.costs.service.reports import NewReport, ReportService
from trimtab.costs.service.repricing import Plan, Prices, RepricingService
from trimtab.costs.views import (
    ColumnsBody,
    PricePage,
    PriceView,
    QuoteView,
    ReconciliationRowView,
    ReconciliationView,
    ReportPage,
    ReportView,
    RepricingView,
    TermsBody,
    UnpricedPage,
    UnpricedView,
    UsageBody,
)
from trimtab.identity.current import CurrentProject
from trimtab.identity.paging import DEFAULT_LIMIT, Cursor, Limit

router = APIRouter(prefix="/projects/{project_id}/costs", tags=["costs"])


def _prices(request: Request) -> OwnPriceService:
    return cast("OwnPriceService", request.app.state.services.own_prices)


def _repricing(request: Request) -> RepricingService:
    return cast("RepricingService", request.app.state.services.repricing)


def _reports(request: Request) -> ReportService:
    return cast("ReportService", request.app.state.services.cost_reports)


def _exports(request: Request) -> LedgerExportService:
    return cast("LedgerExportService", request.app.state.services.cost_exports)


Exports = Annotated[LedgerExportService, Depends(_exports)]
Reports = Annotated[ReportService, Depends(_reports)]
OwnPrices = Annotated[OwnPriceService, Depends(_prices)]
Repricing = Annotated[RepricingService, Depends(_repricing)]
PriceId = Annotated[str, Path(max_length=60)]
ReportId = Annotated[str, Path(max_length=60)]


class NewPriceBody(TermsBody):
    """A price to set. Without `valid_from` it holds from now on; without `valid_to` until another takes its place."""

    provider_kind: Annotated[str, Field(max_length=60, description="Such as `openai`; empty for any.")] = ""
    provider: Annotated[str, Field(max_length=60, description="A provider's name in the project; empty for any.")] = ""
    model: Annotated[str, Field(max_length=200, description="As the provider writes it; `*` stands for any text.")]
    service_tier: Annotated[str, Field(max_length=60, description="`*` for any.")] = service_tier.STANDARD
    valid_from: AwareDatetime | None = None
    valid_to: AwareDatetime | None = None
    note: Annotated[str, Field(max_length=500)] = ""


class QuestionBody(UsageBody):
    """A call, to be priced: its tokens, and what else its price depends on. Without `at` it is made now."""

    provider_kind: Annotated[str, Field(max_length=60)] = ""
    provider: Annotated[str, Field(max_length=60)] = ""
    model: Annotated[str, Field(max_length=200)]
    service_tier: Annotated[str, Field(max_length=60)] = ""
    at: AwareDatetime | None = None

    def question(self) -> Question:
        """Return it as the service takes it."""
        buckets = UsageBody(**self.model_dump(include=set(UsageBody.model_fields)))
        return Question(
            provider_kind=self.provider_kind,
            provider=self.provider,
            model=self.model,
            service_tier=self.service_tier,
            usage=buckets.usage(),
            at=self.at,
        )


class RangeQuery(BaseModel):
    """A range of time; the end is not included."""

    model_config = ConfigDict(extra="forbid")

    start: AwareDatetime = Field(alias="from", description="RFC 3339 with an offset, such as Z.")
    end: AwareDatetime = Field(alias="to", description="RFC 3339 with an offset, such as Z.")


class ExportQuery(RangeQuery):
    """Which part of the ledger, as which kind of file."""

    form: Annotated[FileForm, Field(alias="format", description="`focus` is FOCUS 1.2 as CSV.")] = FileForm.CSV


class RepricingBody(RangeQuery):
    """Which calls to price again. Without `apply` it is a question, and nothing is written."""

    model: Annotated[str, Field(max_length=300, description="`gpt-5` or `openai/gpt-5`; empty for all.")] = ""
    only_unpriced: bool = False
    prices: Annotated[Prices, Field(description="`list` leaves the project's own prices out.")] = "own"
    apply: bool = False


class NewReportBody(BaseModel):
    """An export of a provider, to be compared with the calls of `provider`, or of all providers of `provider_kind`.

    `content` is its text: the JSON that OpenAI's usage or costs endpoint or Anthropic's usage or cost report answers
    with, or CSV with a header.
    """

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=200)] = ""
    provider_kind: Annotated[str, Field(max_length=60)] = ""
    provider: Annotated[str, Field(max_length=60)] = ""
    content: Annotated[str, Field(max_length=8_000_000)]
    columns: ColumnsBody = ColumnsBody()


@router.get("/prices")
def list_prices(
    access: CurrentProject,
    service: OwnPrices,
    ended: Annotated[bool, Query(description="Whether to list those that have ended, too.")] = False,  # noqa: FBT002 - a query parameter
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> PricePage:
    """List the prices that the project has set, newest first."""
    found = service.listing(access, with_ended=ended, limit=limit, cursor=cursor)
    return PricePage(items=[PriceView.of(price) for price in found.items], next=found.next)


@router.post("/prices", status_code=201)
def set_price(access: CurrentProject, service: OwnPrices, new: NewPriceBody) -> PriceView:
    """Set a price; the one of the same provider, model and tier that is in force when it begins ends there."""
    made = service.set(
        access,
        NewPrice(
            provider_kind=new.provider_kind,
            provider=new.provider,
            model=new.model,
            service_tier=new.service_tier,
            terms=new.terms(),
            valid_from=new.valid_from,
            valid_to=new.valid_to,
            note=new.note,
        ),
    )
    return PriceView.of(made)


@router.get("/prices/{price_id}")
def get_price(access: CurrentProject, service: OwnPrices, price_id: PriceId) -> PriceView:
    """Return one price."""
    return PriceView.of(service.get(access, price_id))


@router.delete("/prices/{price_id}")
def end_price(access: CurrentProject, service: OwnPrices, price_id: PriceId) -> PriceView:
    """Let a price end now, or take it back if it has not begun. What was priced by it stays."""
    return PriceView.of(service.end(access, price_id))


@router.post("/explain")
def explain_cost(access: CurrentProject, service: OwnPrices, body: QuestionBody) -> QuoteView:
    """Return what a call would cost, line by line, by the project's prices and the list prices beneath them."""
    return QuoteView.of(service.explain(access, body.question()))


@router.get("/unpriced")
def list_unpriced(access: CurrentProject, service: Repricing, query: Annotated[RangeQuery, Query()]) -> UnpricedPage:
    """List what has no price in a range, by model, with counts and the reason; the 200 most frequent."""
    found = service.unpriced(access, query.start, query.end)
    return UnpricedPage(items=[UnpricedView.of(row) for row in found], next=None)


@router.post("/reprice")
def reprice(access: CurrentProject, service: Repricing, body: RepricingBody) -> RepricingView:
    """Price calls of the past again and return the difference; with `apply`, correct the ledger too.

    Attempts are priced as of when they were made. Up to 200,000 of them in one run.
    """
    plan = Plan(
        start=body.start,
        end=body.end,
        model=body.model,
        only_unpriced=body.only_unpriced,
        prices=body.prices,
        apply=body.apply,
    )
    return RepricingView.of(service.reprice(access, plan), applied=body.apply)


@router.get("/reports")
def list_reports(
    access: CurrentProject, service: Reports, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> ReportPage:
    """List what providers reported, newest first."""
    found = service.listing(access, limit=limit, cursor=cursor)
    return ReportPage(items=[ReportView.of(report) for report in found.items], next=found.next)


@router.post("/reports", status_code=201)
def add_report(access: CurrentProject, service: Reports, new: NewReportBody) -> ReportView:
    """Take in a provider's export of usage or cost."""
    report = NewReport(
        name=new.name,
        content=new.content,
        provider_kind=new.provider_kind,
        provider=new.provider,
        columns=new.columns.columns(),
    )
    return ReportView.of(service.add(access, report))


@router.get("/reports/{report_id}")
def reconcile_report(access: CurrentProject, service: Reports, report_id: ReportId) -> ReconciliationView:
    """Return a report beside the ledger, by day and model: tokens and money, and the drift between them."""
    found = service.reconcile(access, report_id)
    return ReconciliationView(
        report=ReportView.of(found.report),
        total=ReconciliationRowView.of(found.total),
        rows=[ReconciliationRowView.of(row) for row in found.rows],
    )


@router.delete("/reports/{report_id}", status_code=204)
def remove_report(access: CurrentProject, service: Reports, report_id: ReportId) -> None:
    """Remove a report; the ledger is not touched."""
    service.remove(access, report_id)


_FILES: dict[int | str, dict[str, object]] = {
    200: {
        "description": "The file, as it is made.",
        "content": {
            "text/csv": {"schema": {"type": "string"}},
            "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


@router.get("/export", response_class=StreamingResponse, responses=_FILES)
def export_costs(access: CurrentProject, service: Exports, query: Annotated[ExportQuery, Query()]) -> StreamingResponse:
    """Return the ledger of a range as a file, a row for each attempt; up to a million of them.

    In FOCUS there is a row for each line of a price, and none for attempts without one: how many those are is said in
    the header `x-trimtab-unpriced-attempts`.
    """
    made = service.export(access, query.start, query.end, query.form)
    return StreamingResponse(
        made.pieces,
        media_type=MEDIA_TYPES[query.form],
        headers={
            "content-disposition": f'attachment; filename="{made.file_name}"',
            "x-trimtab-unpriced-attempts": str(made.unpriced),
        },
    )
