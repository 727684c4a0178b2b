"""Takes out of texts what a project does not want to store, however deep it lies in JSON. Pure but for its engines.

A text that is JSON is taken apart, so that an escape hides nothing and what comes out is JSON again. What was put in
the place of a find is never looked at again: redacting twice is redacting once.
"""

import hashlib
import hmac
import json
import math
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, Self

import msgspec

from trimtab.traces.privacy import pattern
from trimtab.traces.privacy.pattern import BUILT_IN, Detector
from trimtab.traces.privacy.policy import OnFailure, Place, Redaction, Style

_DEEPEST: Final = 60
_MOST_PASSES: Final = 50
_SMALLEST_NUMBER: Final = 1_000_000
_REMEMBERED_KEYS: Final = 10_000
_HEX: Final = 16
_SHORTEST: Final = 4

_TOKEN: Final = re.compile(r"\[([a-z][a-z0-9_-]{0,39})(?::[0-9a-f]{16})?\]")
_JSON_BEGINS: Final = frozenset('{["')
_MANY_DIGITS: Final = re.compile(r"\d{16}")
_ASCII_ESCAPE: Final = re.compile(r"\\u00([2-7][0-9a-fA-F])")
_IDENTIFIER: Final = re.compile(r"(?i)(?:session|conversation|thread|trace|observation)[._]?id$|^id$")
_TOLD_BY_NAME: Final = re.compile(
    r"(?i)(?:^|[._-])(?:password|passwd|secret|api[_-]?key|access[_-]?key|(?:access|auth|refresh|id)[_-]?token|token"
    r"|authorization|credentials?|private[_-]?key|client[_-]?secret|cookie)$"
)


class RedactionFailed(Exception):  # noqa: N818 - says what happened
    """An engine or the callback failed, or took too long; nothing is known of what the text holds."""


@dataclass(frozen=True, slots=True)
class Find:
    """Something that must go: where it is in the text, and what it is."""

    start: int
    end: int
    label: str


class Engine(Protocol):
    """Somebody else who looks for what must go."""

    @property
    def labels(self) -> Sequence[str]:
        """All labels that its finds can have."""
        ...

    def find(self, text: str) -> Sequence[Find]:
        """Return what must go.

        Raises:
            RedactionFailed: it cannot say.
        """
        ...


Rewrite = Callable[[str, Place], str]
"""Returns a text as it may be stored; raises `RedactionFailed` when it cannot."""


@dataclass(frozen=True, slots=True)
class _Ready:
    expression: Any
    form: pattern.Form
    label: str
    secret: int
    """The number of the group to hide; 0 hides all."""


class Redactor:
    """One project's redaction made ready. Safe to share between threads."""

    def __init__(
        self, wanted: Redaction, key: bytes, *, engine: Engine | None = None, rewrite: Rewrite | None = None
    ) -> None:
        """Redact as `wanted` says; `key` is the project's own, from which the names of equal values are made."""
        self._wanted = wanted
        self._key = key
        self._engine = engine
        self._rewrite = rewrite
        detectors = [detector for name, detector in BUILT_IN.items() if name in wanted.detectors]
        detectors += [pattern.own(each.name, each.expression) for each in wanted.patterns]
        self._ready = [each for detector in detectors for each in _ready(detector)]
        self._scan = pattern.matches_any([each.form.expression for each in self._ready])
        self._labels = {each.label for each in self._ready} | {"user", "secret", *(engine.labels if engine else ())}
        self._order = {label: place for place, label in enumerate(dict.fromkeys(each.label for each in self._ready))}
        self._places = frozenset(wanted.places)
        self._tells_by_name = "secret" in wanted.detectors
        # Guards `_counts`.
        self._counting = threading.Lock()
        self._counts: Counter[str] = Counter()
        # Names of attributes and keys of JSON that were looked at. A race looks at one twice.
        self._keys: dict[str, str] = {}

    def counts(self) -> Counter[str]:
        """Return how much was taken out, by label; `failed` counts texts on which an engine failed."""
        with self._counting:
            return Counter(self._counts)

    def user(self, user_id: str) -> str:
        """Return a user's id as it is stored: a hash stands where others have a mask, so that users stay apart."""
        if not user_id:
            return user_id
        if self._wanted.pseudonymise_users:
            return user_id if self._is_token(user_id) else named(self._key, "user", user_id)
        return self.identifier(user_id, Place.USER_IDS)

    def identifier(self, text: str, place: Place) -> str:
        """Return an id of a session or the like: what had two ids has two ids afterwards, unless finds are removed."""
        if place not in self._places or not text:
            return text
        return self._plain(text, place, Style.HASH if self._wanted.style is Style.MASK else self._wanted.style)

    def text(self, text: str, place: Place) -> str:
        """Return a text as it may be stored.

        Raises:
            RedactionFailed: an engine failed, and the project wants the content dropped then.
        """
        if place is Place.USER_IDS:
            return self.user(text)
        if place not in self._places or len(text) < _SHORTEST:
            return text
        return self._text(text, place, 0)

    def value(self, value: Any, place: Place) -> Any:  # noqa: ANN401 - any JSON
        """Return any nesting of dicts, lists and plain values as it may be stored; what is clean is the same object.

        Raises:
            RedactionFailed: an engine failed and the project wants the content dropped then, or it lies too deep.
        """
        if place not in self._places:
            return value
        return self._value(value, place, 0)

    def attributes(self, found: Mapping[str, Any], place_of: Callable[[str], Place]) -> dict[str, Any]:
        """Return attributes as they may be stored, each by the place that its name speaks of."""
        changed = {}
        for name, value in found.items():
            place = place_of(name)
            if place is Place.USER_IDS:
                changed[name] = self.user(value if isinstance(value, str) else str(value))
            elif place not in self._places:
                changed[name] = value
            elif isinstance(value, str) and _IDENTIFIER.search(name):
                changed[name] = self.identifier(value, place)
            else:
                changed[self._key_text(name, place, 0)] = self._under(name, value, place, 0)
        return changed

    def _value(self, value: Any, place: Place, depth: int) -> Any:  # noqa: ANN401 - any JSON
        if isinstance(value, str):
            return self._text(value, place, depth)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float):
            return self._number(value, place)
        if depth > _DEEPEST:
            raise RedactionFailed(f"a value lies deeper than {_DEEPEST} levels")
        if isinstance(value, dict):
            return self._dict(value, place, depth)
        if isinstance(value, list | tuple):
            items = [self._value(item, place, depth + 1) for item in value]
            return value if all(new is old for new, old in zip(items, value, strict=True)) else items
        if isinstance(value, bytes):
            return self._bytes(value, place, depth)
        return value

    def _dict(self, value: dict[Any, Any], place: Place, depth: int) -> dict[Any, Any]:
        changed: dict[Any, Any] = {}
        is_same = True
        for key, item in value.items():
            inner = Place.TOOL_ARGUMENTS if key == "arguments" else place
            name = self._key_text(key, place, depth) if isinstance(key, str) else key
            new = self._under(str(key), item, inner, depth + 1) if inner in self._places else item
            while name in changed:
                name = f"{name}+"
            changed[name] = new
            is_same = is_same and new is item and name == key
        return value if is_same else changed

    def _under(self, name: str, value: Any, place: Place, depth: int) -> Any:  # noqa: ANN401 - any JSON
        """Redact what stands under a name, which may say by itself that it is a secret."""
        if self._tells_by_name and isinstance(value, str) and value and _TOLD_BY_NAME.search(name):
            if self._is_token(value):
                return value
            self._note("secret")
            return self._shown("secret", value, self._wanted.style)
        return self._value(value, place, depth)

    def _key_text(self, key: str, place: Place, depth: int) -> str:
        known = self._keys.get(key)
        if known is None:
            known = self._text(key, place, depth + 1)
            if len(self._keys) >= _REMEMBERED_KEYS:
                self._keys.clear()
            self._keys[key] = known
        return known

    def _number(self, value: float, place: Place) -> Any:  # noqa: ANN401 - a number or a text
        if not _SMALLEST_NUMBER <= abs(value) < math.inf:
            return value
        said = value.said if isinstance(value, _Exact) else str(int(value) if value == value // 1 else value)
        redacted = self._plain(said, place, self._wanted.style)
        return value if redacted == said else redacted

    def _bytes(self, value: bytes, place: Place, depth: int) -> bytes:
        try:
            said = value.decode()
        except UnicodeDecodeError:
            return value  # not a text
        redacted = self._text(said, place, depth)
        return value if redacted is said else redacted.encode()

    def _text(self, text: str, place: Place, depth: int) -> str:
        if text.lstrip()[:1] in _JSON_BEGINS:
            if depth > _DEEPEST:
                raise RedactionFailed(f"a value lies deeper than {_DEEPEST} levels")
            found = _parsed(text)
            if found is not _NO_JSON:
                return self._structured(text, found, place, depth)
        return self._plain(text, place, self._wanted.style)

    def _structured(self, text: str, found: Any, place: Place, depth: int) -> str:  # noqa: ANN401 - any JSON
        redacted = self._value(found, place, depth + 1)
        if redacted is not found:
            return _rendered(redacted)
        if self._engine is None and self._rewrite is None and not self._scan(_unescaped(text)):
            return text
        # A find in the text that is none in the value lies across JSON's own marks, or in what a parser passes over: a
        # key that is there twice. Written anew, there is no such thing.
        return _rendered(found)

    def _plain(self, text: str, place: Place, style: Style) -> str:
        current = text
        unescaped = _unescaped(text)
        if unescaped != text and self._finds(unescaped):
            current = unescaped
        current = self._settled(current, style)
        if self._rewrite is not None:
            rewritten = self._guarded(lambda rewrite, said: rewrite(said, place), self._rewrite, current, current)
            current = self._settled(rewritten, style)
        return current

    def _settled(self, text: str, style: Style) -> str:
        """Redact until there is nothing more to find: what is removed can bring two ends together."""
        for _ in range(_MOST_PASSES):
            finds = self._finds(text, whole=style is Style.REMOVE)
            if not finds:
                return text
            pieces = []
            end = 0
            for find in finds:
                pieces += [text[end : find.start], self._shown(find.label, text[find.start : find.end], style)]
                self._note(find.label)
                end = find.end
            text = "".join([*pieces, text[end:]])
        raise RedactionFailed("there is something new to find after every look")

    def _finds(self, text: str, *, whole: bool = False) -> list[Find]:
        found = [find for index in self._scan(text) for find in _matches(self._ready[index], text, whole=whole)]
        if self._engine is not None:
            found += self._guarded(lambda engine, said: engine.find(said), self._engine, text, ())
        if not found:
            return []
        kept = [each.span() for each in _TOKEN.finditer(text) if each[1] in self._labels]
        return list(_apart([part for find in found for part in _without(find, kept)], self._order))

    def _guarded(self, ask: Callable[[Any, str], Any], whom: Any, text: str, otherwise: Any) -> Any:  # noqa: ANN401 - either engine
        try:
            return ask(whom, text)
        except RedactionFailed:
            self._note("failed")
            if self._wanted.on_failure is OnFailure.CLOSED:
                raise
            return otherwise

    def _shown(self, label: str, value: str, style: Style) -> str:
        if style is Style.REMOVE:
            return ""
        return f"[{label}]" if style is Style.MASK else named(self._key, label, value)

    def _is_token(self, text: str) -> bool:
        found = _TOKEN.fullmatch(text)
        return found is not None and found[1] in self._labels

    def _note(self, label: str) -> None:
        with self._counting:
            self._counts[label] += 1


def named(key: bytes, label: str, value: str) -> str:
    """Return what stands for a value where equal values are to stay equal."""
    said = f"{label}\0{value.strip().casefold()}".encode()
    return f"[{label}:{hmac.new(key, said, hashlib.sha256).hexdigest()[:_HEX]}]"


def _ready(detector: Detector) -> Iterator[_Ready]:
    for form in detector.forms:
        expression = pattern.compiled(detector.name, form.expression)
        yield _Ready(expression, form, detector.label, expression.groupindex.get("secret", 0))


def _matches(ready: _Ready, text: str, *, whole: bool) -> Iterator[Find]:
    """Yield what one expression finds; `whole` takes what stands before a secret too, which told that it is one."""
    for match in ready.expression.finditer(text):
        start, end = match.span(0 if whole else ready.secret)
        for first, last in ready.form.within(text[start:end]):
            if first < last:
                yield Find(start + first, start + last, ready.label)


def _without(find: Find, kept: Sequence[tuple[int, int]]) -> Iterator[Find]:
    """Yield what is left of a find outside of what was put in the place of others."""
    start = find.start
    for first, last in kept:
        if last <= start:
            continue
        if first >= find.end:
            break
        if first > start:
            yield Find(start, first, find.label)
        start = max(start, last)
    if start < find.end:
        yield Find(start, find.end, find.label)


def _apart(finds: Sequence[Find], order: Mapping[str, int]) -> Iterator[Find]:
    """Yield finds in their order, those that overlap as one, with the label of the most exact."""
    current: Find | None = None
    for find in sorted(finds, key=lambda each: (each.start, -each.end)):
        if current is None or find.start >= current.end:
            if current is not None:
                yield current
            current = find
        else:
            label = min(current.label, find.label, key=lambda each: order.get(each, len(order)))
            current = Find(current.start, max(current.end, find.end), label)
    if current is not None:
        yield current


_NO_JSON: Final = object()


class _Exact(float):
    """A number of JSON that knows how it was written."""

    said: str

    def __new__(cls, said: str) -> Self:
        made = super().__new__(cls, said)
        made.said = said
        return made


def _parsed(text: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        if not _MANY_DIGITS.search(text):
            return msgspec.json.decode(text)
        found = json.loads(text, parse_float=_Exact)
        _rendered(found).encode()
    except (ValueError, RecursionError):
        return _NO_JSON
    return found


def _rendered(value: Any) -> str:  # noqa: ANN401 - any JSON
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _unescaped(text: str) -> str:
    r"""Return a text with `\u0040` and the like as they are meant."""
    if "\\u00" not in text:
        return text
    return _ASCII_ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
