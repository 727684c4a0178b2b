"""List prices, and updates of them, over REST."""

from datetime import datetime
from typing import Annotated, cast

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from trimtab.costs.book_difference import Change, ModelChange
from trimtab.costs.service.list_prices import Difference, InForce, ListPriceService
from trimtab.identity.current import CurrentProject

router = APIRouter(prefix="/projects/{project_id}/costs/list-prices", tags=["costs"])


def _service(request: Request) -> ListPriceService:
    return cast("ListPriceService", request.app.state.services.list_prices)


Service = Annotated[ListPriceService, Depends(_service)]


class BaseDataBody(BaseModel):
    """A file of base data, such as `data.json` of genai-prices; without one, what the installed package carries."""

    model_config = ConfigDict(extra="forbid")

    content: Annotated[str | None, Field(max_length=20_000_000)] = None
    name: Annotated[str, Field(max_length=200, description="What to call the file; its digest is added.")] = ""


class AcceptBody(BaseDataBody):
    """List prices to go by from now on."""

    expected_version: Annotated[str, Field(max_length=200, description="The `from_version` of the difference seen.")]


class InForceView(BaseModel):
    """The list prices that the project goes by. Without `accepted_at` it has gone by the package's from the start."""

    version: str
    installed_version: str
    is_current: Annotated[bool, Field(description="Whether the installed package has nothing else to offer.")]
    accepted_at: datetime | None
    accepted_by: str | None

    @classmethod
    def of(cls, found: InForce) -> "InForceView":
        """Show what is in force."""
        return cls(
            version=found.version,
            installed_version=found.installed_version,
            is_current=found.is_current,
            accepted_at=found.accepted_at,
            accepted_by=found.accepted_by,
        )


class TermChangeView(BaseModel):
    """One price of a model, in dollars per million tokens unless its name says otherwise; null where there is none."""

    what: str
    before: str | None
    after: str | None


class ListPriceChangeView(BaseModel):
    """A model whose price changes."""

    provider: str
    model: str
    change: Change
    terms: list[TermChangeView]

    @classmethod
    def of(cls, found: ModelChange) -> "ListPriceChangeView":
        """Show a model."""
        terms = [TermChangeView(what=term.what, before=term.before, after=term.after) for term in found.terms]
        return cls(provider=found.provider, model=found.model, change=found.change, terms=terms)


class BookDifferenceView(BaseModel):
    """What changes when one book of list prices takes the place of another."""

    from_version: str
    to_version: str
    added: int
    removed: int
    changed: int
    models: list[ListPriceChangeView]

    @classmethod
    def of(cls, found: Difference) -> "BookDifferenceView":
        """Show a difference."""
        counts = found.counts
        return cls(
            from_version=found.from_version,
            to_version=found.to_version,
            added=counts[Change.ADDED],
            removed=counts[Change.REMOVED],
            changed=counts[Change.CHANGED],
            models=[ListPriceChangeView.of(each) for each in found.changes],
        )


@router.get("")
def get_list_prices(access: CurrentProject, service: Service) -> InForceView:
    """Return which list prices the project goes by, and whether the installed package has newer ones."""
    return InForceView.of(service.in_force(access))


@router.post("/compare")
def compare_list_prices(access: CurrentProject, service: Service, body: BaseDataBody) -> BookDifferenceView:
    """Return what an update of list prices would change. Changes nothing."""
    return BookDifferenceView.of(service.compare(access, body.content, body.name))


@router.post("/accept")
def accept_list_prices(access: CurrentProject, service: Service, body: AcceptBody) -> BookDifferenceView:
    """Go by new list prices from now on; the past keeps its prices until it is priced again."""
    return BookDifferenceView.of(service.accept(access, body.content, body.name, body.expected_version))
