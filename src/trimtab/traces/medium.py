"""An image, a piece of audio or a long text that is kept apart from its span: its name, its type, what is safe to show.

Its id is made from its bytes, the way Langfuse's clients make it: the same bytes are kept once in a project.
"""

import base64
import hashlib
import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final

from trimtab.base.errors import InvalidInput

ID: Final = re.compile(r"[A-Za-z0-9_-]{22}")
_ID_LENGTH: Final = 22
_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}")

SHOWN: Final = frozenset(
    {
        *("image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/bmp"),
        *("audio/mpeg", "audio/wav", "audio/ogg", "audio/flac", "audio/aac", "audio/mp4", "audio/webm"),
        *("video/mp4", "video/webm", "video/ogg", "text/plain", "application/json"),
    }
)
"""Types that a browser may show in place. All others, those that can hold a script before all, are downloads."""

_ALIASES: Final = {
    "image/jpg": "image/jpeg",
    "audio/mp3": "audio/mpeg",
    "audio/x-wav": "audio/wav",
    "audio/wave": "audio/wav",
    "audio/oga": "audio/ogg",
    "audio/opus": "audio/ogg",
}

_SIGNATURES: Final = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"BM", "image/bmp"),
    (8, b"WAVE", "audio/wav"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"%PDF-", "application/pdf"),
)


_PDF: Final = "application/pdf"
_ENCODINGS: Final = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"", "utf-8"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Bytes that are to be kept, and what they are said to be."""

    data: bytes
    content_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Medium:
    """What is known of one. `stored_at` is None while its bytes have not come."""

    project_id: str
    id: str
    content_type: str
    bytes: int
    sha256: str
    created_at: datetime
    stored_at: datetime | None = None

    @property
    def columns(self) -> dict[str, object]:
        """It as a row."""
        return asdict(self)

    @property
    def blob_key(self) -> str:
        """Where its bytes are."""
        return f"{self.project_id}/{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Use:
    """A place that shows a medium."""

    media_id: str
    trace_id: str
    span_id: str = ""
    field: str = ""

    @property
    def columns(self) -> dict[str, str]:
        """It as a row."""
        return asdict(self)


def id_of(data: bytes) -> str:
    """Return the id of these bytes."""
    return id_of_digest(hashlib.sha256(data).digest())


def id_of_digest(digest: bytes) -> str:
    """Return the id of the bytes that have this SHA-256."""
    return base64.urlsafe_b64encode(digest).decode()[:_ID_LENGTH]


def content_type(said: str, data: bytes = b"") -> str:
    """Return a type in its one writing, and when nothing is said, what the first bytes look like.

    Raises:
        InvalidInput: what is said is no media type.
    """
    plain = said.partition(";")[0].strip().lower()
    if not plain:
        plain = next((kind for place, head, kind in _SIGNATURES if data[place:].startswith(head)), "")
        plain = plain or "application/octet-stream"
    if not _TYPE.fullmatch(plain):
        raise InvalidInput(f"{said!r:.100} is no media type; it should read like `image/png`")
    return _ALIASES.get(plain, plain)


def text_of(content: Content) -> str | None:
    """Return the text that a medium is, None when it is none: an image, audio, a PDF, or anything that no text is."""
    kind = content.content_type.partition(";")[0].strip().lower()
    if kind == _PDF or any(content.data[at:].startswith(head) for at, head, _ in _SIGNATURES if at or head != b"BM"):
        return None
    is_said = kind.startswith("text/") or kind.endswith(("json", "xml", "yaml", "csv", "javascript"))
    for mark, encoding in _ENCODINGS:
        if content.data.startswith(mark):
            try:
                text = content.data.decode(encoding)
            except UnicodeDecodeError:
                continue
            if is_said or "\0" not in text:
                return text
    return content.data.decode("latin-1") if is_said else None


def fits(kind: str, data: bytes) -> bool:
    """Say whether bytes that should be an image or audio are not evidently something else."""
    head = data[:64].lstrip().lower()
    is_markup = head.startswith((b"<", b"\xef\xbb\xbf<"))
    return not (is_markup and kind.partition("/")[0] in ("image", "audio", "video") and kind != "image/svg+xml")
