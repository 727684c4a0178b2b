"""Values by portions: a statement takes so many and no more."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

Value = TypeVar("Value")


def batches(values: Sequence[Value], most: int) -> Iterator[Sequence[Value]]:
    """Yield the values in their order, at most so many at once."""
    for start in range(0, len(values), most):
        yield values[start : start + most]
