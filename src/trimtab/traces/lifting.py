"""Moves media and large content out of spans on their way in: first out of what was sent, then into the store of media.

Between the two stands whatever a project does not want to keep. What no stored span refers to in the end is not kept.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Final, Protocol

import msgspec
from msgspec.structs import replace

from trimtab.llm.call import Call
from trimtab.traces import inline_data, medium
from trimtab.traces.inline_data import Found
from trimtab.traces.medium import Content, Medium, Use
from trimtab.traces.otlp import value as otlp
from trimtab.traces.otlp.batch import Batch
from trimtab.traces.span import Span

_HEAD: Final = 2_000
"""Characters of a long text that stay with the span."""
_LONG: Final = 16_000
"""Characters from which a text of a message that is too large as a whole is kept apart."""
_SHORT: Final = 48
"""Characters up to which an attribute is looked at no further: no file is that small."""
_FIELDS: Final = ("input_messages", "output_messages")


Screened = Callable[[Content], Content]
"""Returns a medium as a project may store it."""


class Keeper(Protocol):
    """Keeps bytes for a project, durable when it returns, and notes where they are used."""

    def keep(self, project_id: str, contents: Sequence[Content], uses: Iterable[Use] = ()) -> list[Medium]:
        """Keep all of these."""
        ...


class Lifting:
    """Safe to share between threads: what is under way is in the hands of its caller."""

    def __init__(self, keeper: Keeper | None, *, max_content_bytes: int = 256 * 1024) -> None:
        """Hand media to `keeper`; None leaves everything where it is."""
        self._keeper = keeper
        self._max_content_bytes = max_content_bytes

    def batch(self, batch: Batch, screen: Screened) -> Found:
        """Take media out of what was sent, in place, and return them as they may be stored."""
        found = Found(screen)
        if self._keeper is None:
            return found
        for span in batch.spans:
            _lift_attributes(span, found)
            for event in span.events:
                _lift_attributes(event, found)
        for record in batch.logs:
            _lift_attributes(record, found)
            record.body = inline_data.lift_value(record.body, found)
        return found

    def calls(self, calls: Iterable[Call], screen: Callable[[str, Content], Content]) -> Found:
        """Take media out of the gateway's records, in place, and return them as their projects may store them."""
        every = Found()
        if self._keeper is None:
            return every
        for call in calls:
            found = Found(partial(screen, call.project_id))
            call.input_messages = _lift_bytes(call.input_messages, found)
            call.output_messages = _lift_bytes(call.output_messages, found)
            every.update(found)
        return every

    def fields(self, body: dict[str, Any], found: Found) -> dict[str, Any]:
        """Return the fields of an event without the media in them, which are added to `found`."""
        if self._keeper is None:
            return body
        return {name: inline_data.lift_value(value, found) for name, value in body.items()}

    def keep(self, spans: Sequence[Span], found: Found) -> list[Span]:
        """Keep the media that these spans refer to, and their large content; return the spans as they are to be stored.

        Raises:
            Unavailable: the store of media takes nothing now; nothing may be acknowledged.
        """
        if self._keeper is None:
            return list(spans)
        uses: dict[str, list[Use]] = {}
        ready = [self._ready(span, found, uses) for span in spans]
        for project_id, noted in uses.items():
            wanted = {use.media_id for use in noted}
            contents = [content for media_id, content in found.items() if media_id in wanted]
            # What a client has uploaded itself it has told where it is used.
            mine = [use for use in noted if use.media_id in found]
            if contents:
                self._keeper.keep(project_id, contents, mine)
        return ready

    def _ready(self, span: Span, found: Found, uses: dict[str, list[Use]]) -> Span:
        changed: dict[str, str] = {}
        referred: set[tuple[str, str]] = set()
        for field in _FIELDS:
            said: str = getattr(span, field)
            if not said:
                continue
            now = inline_data.with_parts(said)
            if len(now) > self._max_content_bytes:
                now = _shortened(now, found)
            if now is not said:
                changed[field] = now
            if found:
                referred |= {(media_id, field) for media_id in inline_data.references(now)}
        for name, value in span.attributes.items() if found else ():
            if len(value) > _SHORT and ("@@@langfuseMedia" in value or '"blob_ref"' in value):
                referred |= {(media_id, name[:100]) for media_id in inline_data.references(value)}
        if referred:
            uses.setdefault(span.project_id, []).extend(
                Use(media_id=media_id, trace_id=span.trace_id, span_id=span.span_id, field=field)
                for media_id, field in referred
            )
        return replace(span, **changed) if changed else span

    def keep_raw(self, project_id: str, items: Sequence[otlp.Span | otlp.LogRecord], found: Found) -> None:
        """Keep the media that spans put aside, or log records, refer to.

        Raises:
            Unavailable: the store of media takes nothing now; nothing may be acknowledged.
        """
        if self._keeper is None or not found:
            return
        uses: list[Use] = []
        for item in items:
            said = msgspec.json.encode(item).decode().replace('\\"', '"')
            uses += [
                Use(media_id=media_id, trace_id=item.trace_id, span_id=item.span_id)
                for media_id in inline_data.references(said)
                if media_id in found
            ]
        wanted = {use.media_id for use in uses}
        if wanted:
            self._keeper.keep(project_id, [found[media_id] for media_id in sorted(wanted)], uses)


NO_LIFTING: Final = Lifting(None)
"""Leaves everything where it is."""


def _lift_attributes(item: otlp.Span | otlp.Event | otlp.LogRecord, found: Found) -> None:
    changed: dict[str, Any] = {}
    for name, value in item.attributes.items():
        if type(value) is str:
            if len(value) <= _SHORT:
                continue
            lifted: Any = inline_data.lift_text(value, found)
        elif isinstance(value, (dict, list)):
            lifted = inline_data.lift_value(value, found)
        else:
            continue
        if lifted is not value:
            changed[name] = lifted
    if changed:
        item.attributes = item.attributes | changed


def _lift_bytes(messages: bytes, found: Found) -> bytes:
    if not messages:
        return messages
    text = messages.decode("utf-8", "replace")
    lifted = inline_data.lift_text(text, found)
    return messages if lifted is text else lifted.encode()


def _shortened(messages: str, found: Found) -> str:
    """Return messages that are too large with the beginnings of their long texts, each beside a reference."""
    try:
        parsed = msgspec.json.decode(messages)
    except (msgspec.DecodeError, RecursionError):
        parsed = messages
    if isinstance(parsed, (str, int, float)):
        return msgspec.json.encode([{"role": "user", "content": _beginning(messages, "text", found)}]).decode()
    shortened = msgspec.json.encode(_shorten(parsed, found)).decode()
    if len(shortened) <= len(messages) // 2:
        return shortened
    # Many texts, none of them long: the whole is what is kept apart.
    whole = Content(data=messages.encode(), content_type="application/json")
    return msgspec.json.encode([{"role": "user", "content": _beside(messages, "text", whole, found)}]).decode()


def _shorten(value: Any, found: Found) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, list):
        return [piece for item in value for piece in _shorten_item(item, found)]
    if not isinstance(value, dict):
        return value
    content = value.get("content")
    if "role" in value and isinstance(content, str) and len(content) > _LONG:
        return value | {"content": _beginning(content, "text", found)}
    return {name: _shorten(each, found) for name, each in value.items()}


def _shorten_item(item: Any, found: Found) -> list[Any]:  # noqa: ANN401 - any JSON
    if isinstance(item, dict) and item.get("type") == "text":
        for name in ("text", "content"):
            said = item.get(name)
            if isinstance(said, str) and len(said) > _LONG:
                return _beginning(said, name, found)
    return [_shorten(item, found)]


def _beginning(text: str, name: str, found: Found) -> list[dict[str, Any]]:
    return _beside(text, name, Content(data=text.encode("utf-8", "replace"), content_type="text/plain"), found)


def _beside(text: str, name: str, content: Content, found: Found) -> list[dict[str, Any]]:
    found[medium.id_of(content.data)] = content
    return [{"type": "text", name: f"{text[:_HEAD]}…"}, inline_data.reference(content)]
