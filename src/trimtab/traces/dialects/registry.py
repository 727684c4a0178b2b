"""All dialects, one line each; the more explicit vocabulary stands before the more general one.

Which dialects may understand a span is told by the first segment of its attributes' names, looked up once for each.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from trimtab.traces.dialects import (
    adk,
    gen_ai,
    genkit,
    langfuse,
    langsmith,
    litellm,
    livekit,
    logfire,
    mlflow,
    openinference,
    traceloop,
    vercel,
)
from trimtab.traces.dialects.reading import Reading, lay_over
from trimtab.traces.otlp.value import Attributes, Span


@dataclass(frozen=True, slots=True)
class Dialect:
    """A vocabulary: the first segments of its names, and how a span is read in it."""

    name: str
    roots: frozenset[str]
    read: Callable[[Span], Reading | None]


DIALECTS: Final = (
    Dialect(langfuse.NAME, langfuse.ROOTS, langfuse.read),
    Dialect(openinference.NAME, openinference.ROOTS, openinference.read),
    Dialect(vercel.NAME, vercel.ROOTS, vercel.read),
    Dialect(adk.NAME, adk.ROOTS, adk.read),
    Dialect(genkit.NAME, genkit.ROOTS, genkit.read),
    Dialect(livekit.NAME, livekit.ROOTS, livekit.read),
    Dialect(mlflow.NAME, mlflow.ROOTS, mlflow.read),
    Dialect(langsmith.NAME, langsmith.ROOTS, langsmith.read),
    Dialect(litellm.NAME, litellm.ROOTS, litellm.read),
    Dialect(logfire.NAME, logfire.ROOTS, logfire.read),
    Dialect(traceloop.NAME, traceloop.ROOTS, traceloop.read),
    Dialect(gen_ai.NAME, gen_ai.ROOTS, gen_ai.read),
)

_PLACES: Final[Mapping[str, tuple[int, ...]]] = {
    root: tuple(place for place, dialect in enumerate(DIALECTS) if root in dialect.roots)
    for root in frozenset().union(*(dialect.roots for dialect in DIALECTS))
}
_MOST_KEYS: Final = 50_000

# Places of the dialects by attribute name; a benign race computes an entry twice.
_places_of_key: dict[str, tuple[int, ...]] = {}


def read(span: Span) -> tuple[str, Reading] | None:
    """Return the name of the first dialect that understands the span, and all readings laid over one another.

    None means that nothing here knows the span: it is no part of an LLM application.
    """
    places = _places(span.attributes)
    if not places:
        return None
    name, reading = "", None
    for place in places:
        dialect = DIALECTS[place]
        found = dialect.read(span)
        if found is None:
            continue
        if reading is None:
            name, reading = dialect.name, found
        else:
            reading = lay_over(reading, found)
    return None if reading is None or reading.role is None else (name, reading)


def _places(attributes: Attributes) -> list[int]:
    found: set[int] = set()
    for key in attributes:
        places = _places_of_key.get(key)
        if places is None:
            places = _note(key)
        if places:
            found.update(places)
    return sorted(found) if len(found) > 1 else list(found)


def _note(key: str) -> tuple[int, ...]:
    if len(_places_of_key) >= _MOST_KEYS:
        _places_of_key.clear()
    root = key.partition(".")[0].partition(":")[0]
    places = _places_of_key[key] = _PLACES.get(root, ())
    return places
