"""To which project telemetry goes when a header or the resource names one.

A key's own project, unless the key may route: then the project of the same organisation that is named, by its short
name, its id or its name. Whatever is named and not followed stays on the spans as `trimtab.routed_project`.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Final, Protocol

import msgspec

from trimtab.identity.store import projects as project_store
from trimtab.storage.meta import Meta
from trimtab.traces.otlp.batch import Batch
from trimtab.traces.otlp.value import Attributes, LogRecord, Refused, Scope, Span
from trimtab.traces.sender import Sender

ATTRIBUTE: Final = "trimtab.routed_project"
"""Where a name stays that was not followed."""

_RESOURCE_NAMES: Final = ("openinference.project.name", "wandb.project")
_SERVICE: Final = "service.name"
"""Followed when a project is called so, but no request for one."""

_FRESH_S: Final = 1.0
_MOST_REMEMBERED: Final = 10_000


class Destinations(Protocol):
    """Finds projects by what senders call them."""

    def project_named(self, organisation_id: str, name: str) -> str | None:
        """Return the id of the organisation's project that goes by this name, or None."""
        ...


class ProjectsByName:
    """Looks into the meta store, at most once a second for each name. Safe to share between threads."""

    def __init__(self, meta: Meta, *, tick: Callable[[], float] = time.monotonic) -> None:
        """Look into `meta`; `tick` tells seconds."""
        self._meta = meta
        self._tick = tick
        # Guards `_known`.
        self._guard = threading.Lock()
        self._known: dict[tuple[str, str], tuple[float, str | None]] = {}

    def project_named(self, organisation_id: str, name: str) -> str | None:
        """Return the id of the organisation's project that goes by this name, or None."""
        key, now = (organisation_id, name), self._tick()
        with self._guard:
            known = self._known.get(key)
        if known is not None and now - known[0] < _FRESH_S:
            return known[1]
        with self._meta.read() as connection:
            found = project_store.find_named(connection, organisation_id, name)
        project_id = found.id if found else None
        with self._guard:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[key] = (now, project_id)
        return project_id


def split(sender: Sender, batch: Batch, destinations: Destinations) -> list[tuple[Sender, Batch]]:
    """Return the batch by project, that of the key first; metrics go with it. Marks what names another project."""
    parts: dict[str, Batch] = {sender.project_id: Batch(metrics=batch.metrics)}
    targets: dict[int, tuple[str, str]] = {}
    items: tuple[Span | LogRecord | Refused, ...] = (*batch.spans, *batch.logs, *batch.refused)
    for item in items:
        place = id(item.scope)
        if place not in targets:
            targets[place] = _target(sender, item.scope, destinations)
        project_id, unfollowed = targets[place]
        part = parts.setdefault(project_id, Batch())
        if isinstance(item, Refused):
            part.refused.append(item)
            continue
        if unfollowed:
            _mark(item.attributes, unfollowed)
        if isinstance(item, Span):
            part.spans.append(item)
        else:
            part.logs.append(item)
    return [(_to(sender, project_id), part) for project_id, part in parts.items()]


def _target(sender: Sender, scope: Scope, destinations: Destinations) -> tuple[str, str]:
    """Return the project for what comes from this scope, and the name that was not followed, if any."""
    named = sender.named_project or _first(scope.resource)
    if not sender.routes_in:
        return sender.project_id, named
    wanted = named or _text(scope.resource.get(_SERVICE))
    found = destinations.project_named(sender.routes_in, wanted) if wanted else None
    return (sender.project_id, named) if found is None else (found, "")


def _first(resource: Mapping[str, object]) -> str:
    return next((name for key in _RESOURCE_NAMES if (name := _text(resource.get(key)))), "")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _mark(attributes: Attributes, name: str) -> None:
    attributes.setdefault(ATTRIBUTE, name)


def _to(sender: Sender, project_id: str) -> Sender:
    return sender if project_id == sender.project_id else msgspec.structs.replace(sender, project_id=project_id)
