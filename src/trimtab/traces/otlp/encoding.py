"""What a request's headers say of its body: its form and its compression, undone within a bound."""

import zlib
from enum import StrEnum
from typing import Final

from trimtab.base.errors import InvalidInput, TooLarge


class Form(StrEnum):
    """How a body is written; an answer is written like its request."""

    PROTOBUF = "application/x-protobuf"
    JSON = "application/json"


_FORMS: Final = {
    "application/x-protobuf": Form.PROTOBUF,
    "application/protobuf": Form.PROTOBUF,
    "application/json": Form.JSON,
}


class UnknownForm(InvalidInput):
    """The body is written in a form that is not read here."""

    code = "unsupported_media_type"
    status = 415


def form_of(content_type: str) -> Form:
    """Return the form that the header names.

    Raises:
        UnknownForm: it names none that is read here.
    """
    named = content_type.partition(";")[0].strip().lower()
    form = _FORMS.get(named)
    if form is None:
        raise UnknownForm(
            f"content type {content_type[:100]!r} is not one of OTLP",
            hint="Send application/x-protobuf or application/json.",
        )
    return form


def decompress(body: bytes, encoding: str, limit: int) -> bytes:
    """Undo the compression, never holding more than `limit` bytes of the result.

    Raises:
        InvalidInput: the body is not what the header says.
        TooLarge: the result would be larger than the limit.
    """
    named = encoding.strip().lower()
    if named in ("", "identity"):
        if len(body) > limit:
            raise _too_large(limit)
        return body
    if named == "gzip":
        return _inflate(body, limit, 16 + zlib.MAX_WBITS)
    if named == "deflate":
        # The standard's deflate has a zlib header; some senders leave it out.
        is_bare = not body or body[0] & 0x0F != zlib.DEFLATED or len(body) < 2 or (body[0] << 8 | body[1]) % 31  # noqa: PLR2004 - RFC 1950
        return _inflate(body, limit, -zlib.MAX_WBITS if is_bare else zlib.MAX_WBITS)
    raise UnknownForm(f"content encoding {encoding[:100]!r} is not known", hint="Send gzip, deflate or identity.")


def _inflate(body: bytes, limit: int, window: int) -> bytes:
    pieces = []
    room = limit
    rest = body
    try:
        while rest:
            # Members that follow one another are one body; padding after the last one is none.
            inflater = zlib.decompressobj(window)
            piece = inflater.decompress(rest, room + 1)
            room -= len(piece)
            if room < 0:
                raise _too_large(limit)
            if not inflater.eof:
                raise InvalidInput("the compressed body ends too early")
            pieces.append(piece)
            rest = inflater.unused_data.lstrip(b"\0")
    except zlib.error as error:
        raise InvalidInput(f"the body cannot be decompressed: {error}") from error
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"the body is larger than the limit of {limit} bytes once it is decompressed",
        hint="Send smaller batches, or raise the setting otlp_max_body_bytes.",
    )
