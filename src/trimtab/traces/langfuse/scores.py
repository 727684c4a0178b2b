"""Scores in the words of Langfuse's API, and back. Pure."""

from datetime import datetime
from typing import Any, Final

from trimtab.base.errors import InvalidInput
from trimtab.traces import named_ids as ids
from trimtab.traces.langfuse import event as events
from trimtab.traces.langfuse.shapes import instant
from trimtab.traces.score import Judged, Kind, NewScore, Score, Source

_KINDS: Final = {kind.name: kind for kind in Kind}
_SOURCES: Final = {"API": Source.API, "ANNOTATION": Source.ANNOTATION, "EVAL": Source.EVAL}
_NAMES: Final = {source.value: name for name, source in _SOURCES.items()}
_ABOUT_NAMES: Final = ("traceId", "observationId")

KEPT: Final = ("configId", "queueId", "datasetRunId")
"""Fields that mean something to Langfuse alone; they are kept among the metadata, under `langfuse.<name>`."""


def of_body(body: dict[str, Any], fallback_id: str = "", *, at: datetime | None = None) -> NewScore:
    """Return the score that a body holds; without an id or a time of its own it gets those given.

    Raises:
        InvalidInput: a field is not what it must be.
    """
    for name in ("id", "name", "traceId", "observationId", "sessionId", "comment", "environment", *KEPT):
        if not isinstance(body.get(name), (str, type(None))):
            raise InvalidInput(f"`{name}` of a score must be text, found {body[name]!r:.100}")
    kind = _kind(body)
    value, metadata = body.get("value"), body.get("metadata")
    said = metadata if isinstance(metadata, dict) else {"metadata": metadata} if metadata is not None else {}
    about = {name: body[name] for name in _ABOUT_NAMES if body.get(name)}
    if kind in (Kind.NUMERIC, Kind.BOOLEAN):
        if not isinstance(value, (int, float)):
            raise InvalidInput(f"`value` of a score of the type {kind.name} must be a number, found {value!r:.100}")
    elif not isinstance(value, str):
        raise InvalidInput(f"`value` of a score of the type {kind.name} must be text, found {value!r:.100}")
    return NewScore(
        id=body.get("id") or fallback_id,
        name=body.get("name") or "",
        kind=kind,
        about=_judged(body),
        value=_number(value) if isinstance(value, (int, float)) else None,
        label=value if isinstance(value, str) and kind is Kind.CATEGORICAL else "",
        text=value if isinstance(value, str) and kind in (Kind.TEXT, Kind.CORRECTION) else "",
        comment=body.get("comment") or "",
        source=_SOURCES.get(str(body.get("source") or "API").upper(), Source.API),
        environment=body.get("environment") or "",
        metadata=said | {f"langfuse.{name}": body[name] for name in KEPT if body.get(name)} | _named(about),
        at=events.moment(body.get("timestamp"), "timestamp") or at,
    )


def _number(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        raise InvalidInput("`value` of a score is larger than any number that can be kept") from None


def _judged(body: dict[str, Any]) -> Judged:
    trace, observation = body.get("traceId") or "", body.get("observationId") or ""
    run = body.get("datasetRunId") or ""
    return Judged(
        trace_id=ids.trace_id(trace) if trace else "",
        span_id=ids.span_id(observation) if observation and trace else "",
        # A run over a dataset is judged as a whole, as a session is; until there are runs here it is kept as one.
        session_id=body.get("sessionId") or (f"run:{run}" if run and not trace else ""),
    )


def _named(about: dict[str, str]) -> dict[str, str]:
    """Return the names of what is judged that are no ids of W3C, so that they can be told again."""
    given = {"traceId": ids.trace_id, "observationId": ids.span_id}
    return {f"langfuse.{name}": value for name, value in about.items() if given[name](value) != value}


def _kind(body: dict[str, Any]) -> Kind:
    said = body.get("dataType")
    if said is None:
        return Kind.CATEGORICAL if isinstance(body.get("value"), str) else Kind.NUMERIC
    kind = _KINDS.get(str(said).upper())
    if kind is None:
        raise InvalidInput(f"`dataType` of a score must be one of {', '.join(_KINDS)}, found {said!r:.100}")
    return kind


def shown(score: Score, project_id: str) -> dict[str, Any]:
    """Return a score as versions 1 and 2 of the API have it."""
    at, updated = instant(score.at), instant(score.updated_at)
    value: dict[str, Any] = {"value": score.value}
    if score.kind is Kind.BOOLEAN:
        value = {"value": score.value, "stringValue": "True" if score.value else "False"}
    elif score.kind is Kind.CATEGORICAL:
        value = {"value": score.value or 0, "stringValue": score.label}
    elif score.kind is not Kind.NUMERIC:
        value = {"value": 0, "stringValue": score.text}
    return value | {
        "id": score.id,
        "projectId": project_id,
        "traceId": _told(score, "traceId", score.about.trace_id),
        "observationId": _told(score, "observationId", score.about.span_id),
        "sessionId": score.about.session_id or None,
        "name": score.name,
        "dataType": score.kind.name,
        "source": _NAMES.get(score.source, "API"),
        "comment": score.comment or None,
        "metadata": own_metadata(score),
        "authorUserId": score.author or None,
        "configId": score.metadata.get("langfuse.configId"),
        "queueId": score.metadata.get("langfuse.queueId"),
        "datasetRunId": score.metadata.get("langfuse.datasetRunId"),
        "environment": score.environment or "default",
        "timestamp": at,
        "createdAt": at,
        "updatedAt": updated,
    }


def shown_v3(score: Score, project_id: str, fields: frozenset[str]) -> dict[str, Any]:
    """Return a score as version 3 of the API has it, with the groups of fields that are asked for."""
    value: Any = score.value
    if score.kind is Kind.BOOLEAN:
        value = bool(score.value)
    elif score.kind is not Kind.NUMERIC:
        value = score.label or score.text
    whole = shown(score, project_id)
    names = ["id", "projectId", "name", "dataType", "source", "timestamp", "environment", "createdAt", "updatedAt"]
    if "details" in fields:
        names += ["comment", "configId", "metadata"]
    if "annotation" in fields:
        names += ["authorUserId", "queueId"]
    found = {name: whole[name] for name in names} | {"value": value}
    if "subject" in fields:
        found["subject"] = _subject(whole)
    return found


def own_metadata(score: Score) -> dict[str, Any]:
    """Return the metadata without what was put there for Langfuse's own fields."""
    own = {f"langfuse.{name}" for name in (*KEPT, *_ABOUT_NAMES)}
    return {name: value for name, value in score.metadata.items() if name not in own}


def _subject(whole: dict[str, Any]) -> dict[str, Any]:
    if whole["observationId"]:
        return {"kind": "observation", "id": whole["observationId"], "traceId": whole["traceId"]}
    if whole["traceId"]:
        return {"kind": "trace", "id": whole["traceId"]}
    if whole["datasetRunId"]:
        return {"kind": "experiment", "id": whole["datasetRunId"]}
    return {"kind": "session", "id": whole["sessionId"]}


def _told(score: Score, name: str, native: str) -> str | None:
    return str(score.metadata.get(f"langfuse.{name}") or native) or None
