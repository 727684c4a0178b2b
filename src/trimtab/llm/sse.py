"""Server-sent events as model providers use them: cut into whole events, and read for their data.

A relay passes bytes on and must not hold anything back, except the beginning of an event whose end has not come yet:
no client can use half an event, and only whole ones can be looked into.
"""

from collections.abc import Iterator

DONE = b"[DONE]"
"""The data of OpenAI's last event."""


def whole_length(data: bytes) -> int:
    """Return how many bytes of `data`, from its beginning, are whole events."""
    if data.endswith(b"\n\n"):
        return len(data)
    end = _after_last(data, b"\n\n")
    return max(end, _after_last(data, b"\r\n\r\n")) if b"\r" in data else end


def split(data: bytes) -> Iterator[bytes]:
    """Yield the events in `data`, each with the blank line that ends it."""
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
    start = 0
    while (end := data.find(b"\n\n", start)) >= 0:
        yield data[start : end + 2]
        start = end + 2
    if start < len(data):
        yield data[start:]


def payload(event: bytes) -> bytes:
    """Return the event's data, empty for a comment or an event without any."""
    if event.startswith(b"data: ") and event.count(b"\n") <= 2:  # noqa: PLR2004 - one line and the blank one
        return event[6:].strip()
    lines = [line[5:].removeprefix(b" ") for line in event.splitlines() if line.startswith(b"data:")]
    return b"\n".join(lines).strip()


def event(data: bytes) -> bytes:
    """Return `data`, which has no line break, as one event."""
    return b"data: " + data + b"\n\n"


def _after_last(data: bytes, mark: bytes) -> int:
    place = data.rfind(mark)
    return place + len(mark) if place >= 0 else 0
