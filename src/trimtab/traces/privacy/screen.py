"""Stands between every way in and the stores: nothing goes on that the project does not want to keep.

Texts are redacted as they were sent, before anything else looks at them, so that no copy escapes: not the spans put
aside, not the log records that wait for their span, not what is refused. Content that is not to be kept is left out
after it was understood, so that tokens and cost are right all the same.
"""

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from trimtab.llm.call import Call
from trimtab.traces import medium
from trimtab.traces.medium import Content
from trimtab.traces.otlp import value as otlp
from trimtab.traces.otlp.batch import Batch
from trimtab.traces.privacy import content
from trimtab.traces.privacy.policies import Ready
from trimtab.traces.privacy.policy import Place
from trimtab.traces.privacy.redaction import RedactionFailed, Redactor
from trimtab.traces.privacy.tombstones import Arrival, Gone
from trimtab.traces.sender import Sender
from trimtab.traces.span import Span
from trimtab.traces.span_of_otlp import Made

FAILED: Final = "trimtab.redaction_failed"
"""The attribute of a span whose content was dropped because an engine failed on it."""

LATE: Final = "arrived after deletion"
"""Why something is let go, and how it is counted."""

_NOT_KEPT: Final = "[redaction failed]"
_ENVIRONMENTS: Final = (
    "langfuse.environment",
    "trimtab.environment",
    "deployment.environment.name",
    "deployment.environment",
)
_USER: Final = re.compile(r"(?i)(?:^|[._])(?:user[._]?id|enduser[._]id|user|trace\.user)$")
_TOOL: Final = re.compile(r"(?i)(?:tool|function).*(?:argument|parameter|input|args)")
_METADATA: Final = re.compile(r"(?i)metadata|association\.properties|baggage|^resource\.|\btags\b")
_INPUT: Final = re.compile(r"(?i)input|prompt|question|query|instruction|system|request\.(?:messages|body)|variables")
_OUTPUT: Final = re.compile(r"(?i)output|completion|response|choice|answer|result|thinking|reasoning")

_REMEMBERED: Final = 4096


@lru_cache(maxsize=_REMEMBERED)
def place_of(name: str) -> Place:
    """Return the part of a span that an attribute belongs to, by what its name says."""
    for place, said in (
        (Place.USER_IDS, _USER),
        (Place.TOOL_ARGUMENTS, _TOOL),
        (Place.METADATA, _METADATA),
        (Place.INPUTS, _INPUT),
        (Place.OUTPUTS, _OUTPUT),
    ):
        if said.search(name):
            return place
    return Place.ATTRIBUTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The words of a score that came from an application."""

    session_id: str
    label: str
    text: str
    comment: str
    metadata: Mapping[str, object]


def _nothing_gone(_project_id: str) -> Gone | None:
    return None


class Screen:
    """Safe to share between threads; one for a process."""

    def __init__(
        self,
        wishes: Callable[[str], Ready | None],
        has_anyone_wishes: Callable[[], bool],
        gone: Callable[[str], Gone | None] = _nothing_gone,
    ) -> None:
        """Do what `wishes` returns for a project; None leaves everything as it is.

        `has_anyone_wishes` speaks for what comes from nobody knows which project; `gone` returns what was deleted.
        """
        self._wishes = wishes
        self._gone = gone
        self._has_anyone_wishes = has_anyone_wishes
        # Guards `_counts`.
        self._guard = threading.Lock()
        self._counts: dict[str, Counter[str]] = {}

    def counts(self, project_id: str) -> Counter[str]:
        """Return what was done since the start: spans without content, redaction that failed, payloads not kept."""
        with self._guard:
            return Counter(self._counts.get(project_id, Counter()))

    def late(self, project_id: str, arrivals: Iterable[Arrival]) -> set[str]:
        """Return the keys of what has come and was deleted, or belongs to whoever was: nothing is stored of it."""
        gone = self._gone(project_id)
        return gone.late(arrivals) if gone is not None else set()

    def let_go(self, project_id: str, items: int) -> None:
        """Count items that came after they were deleted."""
        if items:
            self._note(project_id, LATE, items)

    def batch(self, sender: Sender, batch: Batch) -> Batch:
        """Redact what was sent, in place, and take the content out of log records that are not to keep it."""
        ready = self._wishes(sender.project_id)
        if ready is None:
            return batch
        if ready.redactor is not None:
            scopes: dict[int, otlp.Scope] = {}
            for span in batch.spans:
                self._redact_span(ready.redactor, sender, span, scopes)
            for record in batch.logs:
                self._redact_log(ready.redactor, sender, record, scopes)
        for record in batch.logs:
            if not content.keeps(ready.content, _environment(record.attributes, record.scope, sender), record.trace_id):
                content.strip_log(record, ready.content.keep_attributes)
                self._note(sender.project_id, "without_content")
        return batch

    def made(self, made: Made) -> Made:
        """Return a span as it may be stored, once it is understood; its judgements lose their words with it."""
        ready = self._wishes(made.span.project_id)
        if ready is None:
            return made
        kept = self._without_content(ready, made.span)
        if kept is made.span:
            return made
        made.reading.scores = [replace(score, explanation="") for score in made.reading.scores]
        return Made(span=kept, reading=made.reading, entry=made.entry)

    def aside(self, sender: Sender, spans: Sequence[otlp.Span]) -> None:
        """Take the content out of spans that are put aside as they were sent, in place."""
        ready = self._wishes(sender.project_id)
        if ready is None:
            return
        for span in spans:
            self._strip_raw(ready, sender, span)

    def calls(self, calls: Sequence[Call]) -> None:
        """Redact the gateway's records, in place, and take the content out of those that are not to keep it."""
        for call in calls:
            ready = self._wishes(call.project_id)
            if ready is None:
                continue
            if ready.redactor is not None:
                self._redact_call(ready.redactor, call)
            if not content.keeps(ready.content, call.environment, call.trace_id):
                content.strip_call(call)
                self._note(call.project_id, "without_content")

    def present(self, calls: Sequence[Call]) -> list[Call]:
        """Return the gateway's records of which nothing was deleted before they came; the others are counted."""
        by_project: dict[str, list[Call]] = {}
        for call in calls:
            by_project.setdefault(call.project_id, []).append(call)
        late = {
            (project_id, key)
            for project_id, mine in by_project.items()
            for key in self.late(project_id, map(_arrival, mine))
        }
        if not late:
            return list(calls)
        for project_id, mine in by_project.items():
            self.let_go(project_id, sum((project_id, _arrival(call).key) in late for call in mine))
        return [call for call in calls if (call.project_id, _arrival(call).key) not in late]

    def refused(self, sender: Sender, item: otlp.Refused) -> otlp.Refused:
        """Return a refused item as it may be kept: what cannot be read cannot be redacted, and stays out."""
        ready = self._wishes(sender.project_id)
        if ready is None or (ready.redactor is None and ready.content.keeps_all(sender.environment)):
            return item
        reason = self._reason(ready, sender, item.reason)
        if item.form == "value":
            return msgspec.structs.replace(item, payload=self._refused_value(ready, sender, item), reason=reason)
        self._note(sender.project_id, "payloads_not_kept")
        return msgspec.structs.replace(item, payload=b"", reason=content.strip_reason(reason))

    def _reason(self, ready: Ready, sender: Sender, reason: str) -> str:
        try:
            return ready.redactor.text(reason, Place.ATTRIBUTES) if ready.redactor else reason
        except RedactionFailed:
            self._note(sender.project_id, "failed")
            return content.strip_reason(reason)

    def judgement(self, project_id: str, said: Judgement) -> Judgement:
        """Return the words of a score as they may be stored; when redaction fails, a mark stands for them."""
        ready = self._wishes(project_id)
        if ready is None or ready.redactor is None:
            return said
        redactor = ready.redactor
        try:
            return Judgement(
                session_id=redactor.identifier(said.session_id, Place.METADATA),
                label=redactor.text(said.label, Place.OUTPUTS),
                text=redactor.text(said.text, Place.OUTPUTS),
                comment=redactor.text(said.comment, Place.OUTPUTS),
                metadata=redactor.attributes(said.metadata, lambda _name: Place.METADATA),
            )
        except RedactionFailed:
            self._note(project_id, "failed")
            return Judgement(
                session_id=said.session_id,
                label=_NOT_KEPT if said.label else "",
                text=_NOT_KEPT if said.text else "",
                comment="",
                metadata={"redaction_failed": True},
            )

    def medium(self, project_id: str, found: Content) -> Content:
        """Return a medium as it may be stored: text is redacted, whatever it is said to be; all else stays."""
        ready = self._wishes(project_id)
        if ready is None or ready.redactor is None:
            return found
        text = medium.text_of(found)
        if text is None:
            return found
        try:
            redacted = ready.redactor.text(text, Place.INPUTS)
        except RedactionFailed:
            self._note(project_id, "failed")
            return Content(data=_NOT_KEPT.encode(), content_type="text/plain")
        return found if redacted == text else Content(data=redacted.encode(), content_type=found.content_type)

    def damaged(self, payload: bytes) -> bytes:
        """Return an unreadable record as it may be kept: not at all if anybody hides anything."""
        return b"" if self._has_anyone_wishes() else payload

    def event(self, sender: Sender, trace_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the body of one of Langfuse's events as it may be stored; its times and ids are needed, and stay."""
        ready = self._wishes(sender.project_id)
        if ready is None:
            return body
        said = body.get("environment")
        environment = said if isinstance(said, str) and said else sender.environment
        if not content.keeps(ready.content, environment, trace_id):
            self._note(sender.project_id, "without_content")
            body = content.strip_event(body)
        if ready.redactor is None:
            return body
        try:
            return ready.redactor.attributes(body, place_of)
        except RedactionFailed:
            self._note(sender.project_id, "failed")
            return {**content.strip_event(body, with_metadata=False), "metadata": {"redaction_failed": True}}

    def _refused_value(self, ready: Ready, sender: Sender, item: otlp.Refused) -> bytes:
        # Only spans and log records are refused after they were read; they were redacted before.
        try:
            span = msgspec.json.decode(item.payload, type=otlp.Span)
        except msgspec.MsgspecError:
            return item.payload  # a log record, whose content is gone already
        self._strip_raw(ready, sender, span)
        return msgspec.json.encode(span)

    def _strip_raw(self, ready: Ready, sender: Sender, span: otlp.Span) -> None:
        environment = _environment(span.attributes, span.scope, sender)
        if FAILED in span.attributes or not content.keeps(ready.content, environment, span.trace_id):
            content.strip_raw_span(span, ready.content.keep_attributes)
            self._note(sender.project_id, "without_content")

    def _without_content(self, ready: Ready, span: Span) -> Span:
        if FAILED not in span.attributes and content.keeps(ready.content, span.dimensions.environment, span.trace_id):
            return span
        self._note(span.project_id, "without_content")
        return content.strip_span(span, ready.content.keep_attributes)

    def _redact_span(self, redactor: Redactor, sender: Sender, span: otlp.Span, scopes: dict[int, otlp.Scope]) -> None:
        try:
            attributes = redactor.attributes(span.attributes, place_of)
            events = [redactor.attributes(event.attributes, place_of) for event in span.events]
            links = [redactor.attributes(link.attributes, place_of) for link in span.links]
            said = redactor.text(span.status_message, Place.ATTRIBUTES)
            name = redactor.text(span.name, Place.ATTRIBUTES)
            scope = _scope(redactor, span.scope, scopes)
        except RedactionFailed:
            self._note(sender.project_id, "failed")
            content.strip_raw_span(span)
            span.attributes = {key: value for key, value in span.attributes.items() if not _may_be_a_person(key)}
            span.attributes[FAILED] = True
            span.scope = otlp.Scope(name=span.scope.name, version=span.scope.version)
            return
        span.attributes, span.status_message, span.name, span.scope = attributes, said, name, scope
        for event, redacted in zip(span.events, events, strict=True):
            event.attributes = redacted
        for link, redacted in zip(span.links, links, strict=True):
            link.attributes = redacted

    def _redact_log(
        self, redactor: Redactor, sender: Sender, record: otlp.LogRecord, scopes: dict[int, otlp.Scope]
    ) -> None:
        try:
            attributes = redactor.attributes(record.attributes, place_of)
            body = redactor.value(record.body, Place.INPUTS)
            scope = _scope(redactor, record.scope, scopes)
        except RedactionFailed:
            self._note(sender.project_id, "failed")
            content.strip_log(record)
            record.attributes = {key: value for key, value in record.attributes.items() if not _may_be_a_person(key)}
            record.attributes[FAILED] = True
            record.scope = otlp.Scope(name=record.scope.name, version=record.scope.version)
            return
        record.attributes, record.body, record.scope = attributes, body, scope

    def _redact_call(self, redactor: Redactor, call: Call) -> None:
        try:
            inputs = _json(redactor, call.input_messages, Place.INPUTS)
            outputs = _json(redactor, call.output_messages, Place.OUTPUTS)
            parameters = _json(redactor, call.parameters, Place.INPUTS)
            variables = _json(redactor, call.variables, Place.INPUTS)
            metadata = redactor.attributes(call.metadata, lambda _name: Place.METADATA)
            session = redactor.identifier(call.session_id, Place.METADATA)
            feature, team = (redactor.text(text, Place.METADATA) for text in (call.feature, call.team))
            message = redactor.text(call.error_message, Place.ATTRIBUTES)
            said = [redactor.text(attempt.error_message, Place.ATTRIBUTES) for attempt in call.attempts]
            user = redactor.user(call.user_id)
        except RedactionFailed:
            self._note(call.project_id, "failed")
            content.strip_call(call)
            call.metadata = {"redaction_failed": "true"}
            call.user_id = call.session_id = ""
            return
        call.input_messages, call.output_messages = inputs, outputs
        call.parameters, call.variables, call.metadata = parameters, variables, metadata
        call.session_id, call.feature, call.team, call.user_id = session, feature, team, user
        call.error_message = message
        for attempt, redacted in zip(call.attempts, said, strict=True):
            attempt.error_message = redacted

    def _note(self, project_id: str, what: str, items: int = 1) -> None:
        with self._guard:
            self._counts.setdefault(project_id, Counter())[what] += items


def _arrival(call: Call) -> Arrival:
    return Arrival(
        trace_id=call.trace_id,
        user_id=call.user_id,
        session_id=call.session_id,
        began_ns=call.started_ns,
        item=call.request_id,
    )


def _scope(redactor: Redactor, scope: otlp.Scope, done: dict[int, otlp.Scope]) -> otlp.Scope:
    """Return the resource redacted, one for all spans of a batch that share it."""
    found = done.get(id(scope))
    if found is None:
        found = msgspec.structs.replace(
            scope, resource=redactor.attributes(scope.resource, lambda name: place_of(f"resource.{name}"))
        )
        done[id(scope)] = found
    return found


def _may_be_a_person(name: str) -> bool:
    return place_of(name) in {Place.USER_IDS, Place.METADATA}


def _json(redactor: Redactor, raw: bytes, place: Place) -> bytes:
    if not raw:
        return raw
    text = raw.decode("utf-8", "replace")
    redacted = redactor.text(text, place)
    return raw if redacted is text else redacted.encode()


def _environment(attributes: otlp.Attributes, scope: otlp.Scope, sender: Sender) -> str:
    for found in (attributes, scope.resource):
        for name in _ENVIRONMENTS:
            value = found.get(name)
            if isinstance(value, str) and value:
                return value
    return sender.environment


def _no_wishes(_project_id: str) -> Ready | None:
    return None


NO_SCREEN: Final = Screen(_no_wishes, lambda: False)
"""Leaves everything as it is."""
