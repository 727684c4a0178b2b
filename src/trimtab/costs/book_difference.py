"""What changes when one book of list prices takes the place of another. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from trimtab.costs.base_book import Book, Terms


class Change(StrEnum):
    """What becomes of a model's price."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class TermChange:
    """One price of a model, in dollars as text: `before` is None when it is new, `after` when it is gone."""

    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChange:
    """A model whose price is not the same in both books."""

    provider: str
    model: str
    change: Change
    terms: list[TermChange]


def compare(before: Book, after: Book) -> list[ModelChange]:
    """Return the models whose prices differ, by provider and model."""
    found = []
    for provider, model in sorted({*before, *after}):
        old, new = before.get((provider, model)), after.get((provider, model))
        if old == new:
            continue
        change = Change.ADDED if old is None else Change.REMOVED if new is None else Change.CHANGED
        terms = _terms(old or {}, new or {})
        found.append(ModelChange(provider=provider, model=model, change=change, terms=terms))
    return found


def counts(changes: list[ModelChange]) -> Mapping[Change, int]:
    """Return how many models were added, removed and changed."""
    return {kind: sum(each.change is kind for each in changes) for kind in Change}


def _terms(old: Terms, new: Terms) -> list[TermChange]:
    return [
        TermChange(what=what, before=old.get(what), after=new.get(what))
        for what in sorted({*old, *new})
        if old.get(what) != new.get(what)
    ]
