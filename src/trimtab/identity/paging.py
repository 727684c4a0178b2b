"""Lists come in pages: `{"items": [...], "next": cursor or null}`, newest first or in the list's own order.

A cursor is the sort key of the last item, so that a page never skips or repeats an item when others come or go.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Generic, TypeVar

from fastapi import Query

T = TypeVar("T")

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 200

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Most items on the page.")]
Cursor = Annotated[str | None, Query(max_length=400, description="`next` of the page before; none for the first.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """Some items of a list, and the cursor of the next ones, None at the end."""

    items: list[T]
    next: str | None


def page(rows: Sequence[T], limit: int, cursor_of: Callable[[T], str]) -> Page[T]:
    """Return the first `limit` rows as a page. A row beyond them says that there is another: ask for one more."""
    items = list(rows[:limit])
    return Page(items=items, next=cursor_of(items[-1]) if len(rows) > limit and items else None)
