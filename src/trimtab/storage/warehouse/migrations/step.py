"""One step of the schema, as data that can be read without being run."""

from collections.abc import Callable
from dataclasses import dataclass

from trimtab.storage.warehouse.tables import Layout


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Statements that move the schema one number forward, and those that move it back."""

    number: int
    name: str
    forward: Callable[[Layout], list[str]]
    back: Callable[[Layout], list[str]]
