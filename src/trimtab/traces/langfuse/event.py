"""The events of `POST /api/public/ingestion`, each checked by itself: a bad one holds up no other. Pure."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final, cast

import msgspec

from trimtab.base.errors import InvalidInput
from trimtab.traces.range import to_ns_since_epoch

TRACE: Final = "trace-create"
SCORE: Final = "score-create"
LOG: Final = "sdk-log"
OBSERVATIONS: Final = frozenset(
    {
        *("span-create", "span-update", "generation-create", "generation-update", "event-create"),
        *("observation-create", "observation-update"),
        # What newer clients call the kinds that OpenTelemetry brought them.
        *("agent-create", "tool-create", "chain-create", "retriever-create", "evaluator-create", "embedding-create"),
        "guardrail-create",
    }
)
KINDS: Final = frozenset({TRACE, SCORE, LOG}) | OBSERVATIONS

MOST_ID: Final = 800
_TIMES: Final = ("timestamp", "startTime", "endTime", "completionStartTime")
_TEXTS: Final = (
    *("id", "traceId", "parentObservationId", "sessionId", "userId", "name", "release", "version", "environment"),
    *("level", "statusMessage", "model", "promptName", "observationId"),
)
_OLDEST: Final = datetime(2020, 1, 1, tzinfo=UTC)
_FRACTION: Final = re.compile(r"(\.\d{6})\d+")


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One event: something that is to be known of a trace, an observation or a score. Times of `body` are text."""

    id: str
    kind: str
    at_ns: int
    body: dict[str, Any]

    @property
    def is_update(self) -> bool:
        """Whether it changes what another event has made."""
        return self.kind.endswith("-update")


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """An event that cannot be taken, and why."""

    id: str
    message: str
    status: int = 400


def parse(raw: object, now: datetime) -> Event | Refusal:
    """Return an event that is ready to be stored, or the reason why it is none."""
    given = raw.get("id") if isinstance(raw, dict) else None
    event_id = given if isinstance(given, str) else ""
    try:
        return _parse(raw, now)
    except InvalidInput as error:
        return Refusal(id=event_id, message=error.message)


def _parse(raw: object, now: datetime) -> Event:
    if not isinstance(raw, dict):
        raise InvalidInput(f"an event must be an object, found {type(raw).__name__}")
    event_id, kind, body = raw.get("id"), raw.get("type"), raw.get("body")
    if not isinstance(event_id, str) or not 0 < len(event_id) <= MOST_ID:
        raise InvalidInput(f"an event needs an `id` of 1 to {MOST_ID} characters, found {event_id!r:.100}")
    if kind not in KINDS:
        raise InvalidInput(f"there is no event of the type {kind!r:.100}; there are: {', '.join(sorted(KINDS))}")
    if not isinstance(body, dict):
        raise InvalidInput(f"an event needs a `body` that is an object, found {type(body).__name__}")
    at = moment(raw.get("timestamp"), "timestamp")
    _check(kind, body, now)
    return Event(id=event_id, kind=kind, at_ns=to_ns_since_epoch(_near(at or now, "timestamp", now)), body=body)


def _check(kind: str, body: dict[str, Any], now: datetime) -> None:
    """Refuse a body whose fields are of another type than they must be."""
    if kind == LOG:
        return
    for name in _TEXTS:
        value = body.get(name)
        if value is not None and not isinstance(value, str):
            raise InvalidInput(f"`body.{name}` must be text, found {value!r:.100}")
    for name in ("id", "traceId", "parentObservationId", "observationId"):
        if len(body.get(name) or "") > MOST_ID:
            raise InvalidInput(f"`body.{name}` may have {MOST_ID} characters, found {len(body[name])}")
    for name in _TIMES:
        at = moment(body.get(name), f"body.{name}")
        if at is not None:
            _near(at, f"body.{name}", now)
    if kind == TRACE and not isinstance(body.get("tags", []), (list, type(None))):
        raise InvalidInput(f"`body.tags` must be a list of texts, found {body['tags']!r:.100}")
    version = body.get("promptVersion")
    if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
        raise InvalidInput(f"`body.promptVersion` must be a whole number, found {version!r:.100}")


def moment(value: object, name: str) -> datetime | None:
    """Return a time as Langfuse's clients write it, in UTC when it names no other zone; None when there is none.

    Raises:
        InvalidInput: it is no time.
    """
    if value is None:
        return None
    try:
        return in_utc(datetime.fromisoformat(_FRACTION.sub(r"\1", cast("str", value))))
    except (TypeError, ValueError):
        raise InvalidInput(f"`{name}` must be a time such as 2026-01-31T12:00:00Z, found {value!r:.100}") from None


def in_utc(at: datetime) -> datetime:
    """Return a time in UTC, which is meant when it names no zone.

    Raises:
        ValueError: there it lies before the first year, or after the last.
    """
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("the time lies beyond the calendar") from error


def _near(at: datetime, name: str, now: datetime) -> datetime:
    if not _OLDEST <= at <= now + timedelta(days=1):
        raise InvalidInput(f"`{name}` lies before 2020 or more than a day ahead of this server's clock: {at:%FT%TZ}")
    return at
