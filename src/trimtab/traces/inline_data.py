"""Finds images, audio and files that lie within messages as base64, and puts a reference in their place. Pure.

Knows the parts of OpenAI, Anthropic, Gemini, Bedrock, Vercel and OpenTelemetry, data URIs wherever they stand, and the
tokens with which Langfuse's clients refer to what they have uploaded. A part becomes
`{"type": "blob_ref", "modality", "media_id", "mime_type", "bytes"}`; within other text a token takes its place.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from trimtab.base.errors import InvalidInput
from trimtab.traces import medium
from trimtab.traces.medium import Content

_URI: Final = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w.+-]+=[\w.+-]+)*);base64,([A-Za-z0-9+/_-]+={0,2})")
_TOKEN: Final = re.compile(
    r"@@@langfuseMedia:type=(?P<type>[\w.+/-]+)\|id=(?P<id>[A-Za-z0-9_-]{1,64})\|source=[\w-]+@@@"
)
_MARK: Final = "@@@langfuseMedia"
_FIELDS: Final = re.compile(r'"(?:data|blob|bytes|image)"')
_DEEPEST: Final = 40
_SHORTEST: Final = 12
"""Letters of base64 below which a text is no file."""
_MODALITIES: Final = {"image": "image", "audio": "audio", "video": "video"}


def _as_it_is(content: Content) -> Content:
    return content


class Found(dict[str, Content]):
    """What was found, by its media id."""

    def __init__(self, screen: Callable[[Content], Content] = _as_it_is) -> None:
        """Have everything pass through `screen`, which returns it as it may be stored."""
        super().__init__()
        self._screen = screen

    def take(self, content: Content) -> tuple[str, Content]:
        """Add a medium; return the id and the content that it is stored with."""
        kept = self._screen(content)
        media_id = medium.id_of(kept.data)
        self[media_id] = kept
        return media_id, kept


def may_hold(text: str) -> bool:
    """Say, at little cost, whether a text may hold anything that is looked for here."""
    # Nearly every text is none: a single letter is looked for at a tenth of the cost of a word.
    if ";" in text and ";base64," in text:
        return True
    return ("@" in text and _MARK in text) or _FIELDS.search(text) is not None


def lift_text(text: str, found: Found) -> str:
    """Return a text, JSON or not, with references in place of the data in it, which is added to `found`."""
    if not may_hold(text):
        return text
    if text[:1] in "[{" and (parsed := _parsed(text)) is not None:
        lifted = lift_value(parsed, found)
        return text if lifted is parsed else msgspec.json.encode(lifted).decode()
    return _URI.sub(lambda match: _token_of(match, found), text)


def lift_value(value: Any, found: Found, depth: int = 0) -> Any:  # noqa: ANN401 - any JSON
    """Return a value with references in place of the data in it; the same object when there is none."""
    if isinstance(value, str):
        # Text may be JSON that was put into JSON.
        return lift_text(value, found) if depth < _DEEPEST and len(value) > _SHORTEST else value
    if depth > _DEEPEST:
        return value
    if isinstance(value, list):
        items = [lift_value(item, found, depth + 1) for item in value]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    if not isinstance(value, dict):
        return value
    part = _reference(value, found)
    if part is not None:
        return part
    fields = {name: lift_value(each, found, depth + 1) for name, each in value.items()}
    return value if all(fields[name] is each for name, each in value.items()) else fields


def with_parts(messages: str) -> str:
    """Return messages whose texts refer to media with a part for each of them, so that they are shown there."""
    if "@" not in messages or _MARK not in messages:
        return messages
    parsed = _parsed(messages) if messages[:1] in "[{" else None
    if parsed is None:
        parsed = [{"role": "user", "content": messages}]
    return msgspec.json.encode(_parts_in(parsed)).decode()


def references(messages: str) -> set[str]:
    """Return the ids of the media that messages refer to."""
    ids = {match["id"] for match in _TOKEN.finditer(messages)} if _MARK in messages else set()
    if '"blob_ref"' in messages:
        ids |= set(_REFERENCE.findall(messages))
    return ids


_REFERENCE: Final = re.compile(r'"media_id":"([A-Za-z0-9_-]{1,64})"')


def reference(content: Content, modality: str = "") -> dict[str, Any]:
    """Return the part that stands for some content."""
    kind = medium.content_type(content.content_type, content.data)
    return {
        "type": "blob_ref",
        "modality": modality or _MODALITIES.get(kind.partition("/")[0], "document"),
        "media_id": medium.id_of(content.data),
        "mime_type": kind,
        "bytes": len(content.data),
    }


def _reference(part: Mapping[str, Any], found: Found) -> dict[str, Any] | None:
    """Return what stands for a part that carries data, or None when it does not."""
    for read in _READERS:
        said = read(part)
        if said is None:
            continue
        mime_type, data, modality = said
        match = _TOKEN.fullmatch(data)
        if match is not None:
            kind = match["type"]
            what = modality or _MODALITIES.get(kind.partition("/")[0], "document")
            return {"type": "blob_ref", "modality": what, "media_id": match["id"], "mime_type": kind}
        content = _content(mime_type, data)
        if content is not None:
            _, kept = found.take(content)
            return reference(kept, modality)
    return None


_Said = tuple[str, str, str]


def _of_openai(part: Mapping[str, Any]) -> _Said | None:
    kind = part.get("type")
    body = part.get(kind) if isinstance(kind, str) else None
    if kind in ("image_url", "input_image"):
        url = body.get("url") if isinstance(body, dict) else part.get("image_url", body)
        return ("", url, "image") if isinstance(url, str) else None
    if kind == "input_audio" and isinstance(body, dict) and isinstance(body.get("data"), str):
        return f"audio/{body.get('format') or 'wav'}", body["data"], "audio"
    if kind in ("file", "input_file"):
        data = (body if isinstance(body, dict) else part).get("file_data")
        return ("", data, "") if isinstance(data, str) else None
    return None


def _of_anthropic(part: Mapping[str, Any]) -> _Said | None:
    source = part.get("source")
    if not isinstance(source, dict):
        return None
    if source.get("type") == "base64" and isinstance(source.get("data"), str):
        return str(source.get("media_type") or ""), source["data"], ""
    return None


def _of_gemini(part: Mapping[str, Any]) -> _Said | None:
    body = part.get("inlineData", part.get("inline_data"))
    if isinstance(body, dict) and isinstance(body.get("data"), str):
        return str(body.get("mimeType") or body.get("mime_type") or ""), body["data"], ""
    return None


def _of_bedrock(part: Mapping[str, Any]) -> _Said | None:
    for modality in ("image", "audio", "video", "document"):
        body = part.get(modality)
        source = body.get("source") if isinstance(body, dict) else None
        if isinstance(body, dict) and isinstance(source, dict) and isinstance(source.get("bytes"), str):
            group = "application" if modality == "document" else modality
            return f"{group}/{body.get('format') or 'octet-stream'}", source["bytes"], modality
    return None


def _of_opentelemetry(part: Mapping[str, Any]) -> _Said | None:
    if part.get("type") == "blob" and isinstance(part.get("content"), str):
        modality = part.get("modality")
        said = str(part.get("mime_type") or "")
        return said, part["content"], modality if isinstance(modality, str) else ""
    return None


def _of_others(part: Mapping[str, Any]) -> _Said | None:
    """Read the parts of Vercel, LangChain and MCP: a type, the data, and what it is."""
    kind = part.get("type")
    said = next((part[name] for name in ("mimeType", "mediaType", "mime_type", "media_type") if name in part), "")
    if kind in ("image", "audio", "video", "file", "media"):
        data = part.get("data", part.get(kind))
        is_typed = isinstance(said, str) and "/" in said
        if isinstance(data, str) and (is_typed or data.startswith(("data:", _MARK))):
            return said if isinstance(said, str) else "", data, kind if kind in _MODALITIES else ""
    return None


_READERS: Final[tuple[Callable[[Mapping[str, Any]], _Said | None], ...]] = (
    _of_openai,
    _of_anthropic,
    _of_gemini,
    _of_bedrock,
    _of_opentelemetry,
    _of_others,
)


def _content(mime_type: str, data: str) -> Content | None:
    """Return what a data URI or plain base64 holds, or None when it is neither."""
    match = _URI.fullmatch(data)
    if match is not None:
        mime_type, data = match[1] or mime_type, match[3]
    elif data.startswith(("http:", "https:", "data:")) or len(data) < _SHORTEST:
        return None
    try:
        plain = base64.b64decode(data.translate(_FROM_URL) + "=" * (-len(data) % 4), validate=True)
        kind = medium.content_type(mime_type, plain)
    except (binascii.Error, ValueError, InvalidInput):
        return None
    return Content(data=plain, content_type=kind) if plain else None


_FROM_URL: Final = str.maketrans("-_", "+/")


def _token_of(match: re.Match[str], found: Found) -> str:
    content = _content("", match[0])
    if content is None:
        return match[0]
    media_id, kept = found.take(content)
    return f"@@@langfuseMedia:type={kept.content_type}|id={media_id}|source=base64_data_uri@@@"


def _parts_in(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Split texts at the tokens in them: the content of a message, and the texts in a list of parts."""
    if isinstance(value, list):
        return [piece for item in value for piece in _pieces_of(item)]
    if not isinstance(value, dict):
        return value
    content = value.get("content")
    if "role" in value and isinstance(content, str) and _MARK in content:
        return value | {"content": _split(content, "text")}
    return {name: _parts_in(each) for name, each in value.items()}


def _pieces_of(item: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    if isinstance(item, dict):
        part = _reference(item, Found())
        if part is not None:
            return [part]
        for name in ("text", "content"):
            said = item.get(name)
            if item.get("type") == "text" and isinstance(said, str) and _MARK in said:
                return _split(said, name)
    return [_parts_in(item)]


def _split(text: str, name: str) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    end = 0
    for match in _TOKEN.finditer(text):
        if before := text[end : match.start()].strip():
            parts.append({"type": "text", name: before})
        kind = match["type"]
        modality = _MODALITIES.get(kind.partition("/")[0], "document")
        parts.append({"type": "blob_ref", "modality": modality, "media_id": match["id"], "mime_type": kind})
        end = match.end()
    if after := text[end:].strip():
        parts.append({"type": "text", name: after})
    return parts


def _parsed(text: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
    return found if isinstance(found, (dict, list)) else None
