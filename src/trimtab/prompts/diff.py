"""What changed between two versions: by message, then by line, then by word. Pure."""

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from trimtab.prompts.variable import Variable
from trimtab.prompts.version import Content, Message

Op: TypeAlias = Literal["same", "added", "removed"]
Change: TypeAlias = Literal["same", "added", "removed", "changed"]

_WORD = re.compile(r"\s+|\w+|[^\w\s]")
_MOST_LINES: Final = 4_000
"""Of a message; more are compared as one block, because the search is quadratic in the worst case."""
_MOST_WORDS: Final = 400
"""Of a line; a longer one is shown as replaced."""
_LIKE: Final = 0.4
"""Lines that share less than this of their words are shown as replaced, not as edited."""


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of a line: a word, a sign, or the space between them."""

    op: Op
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line. An edited line comes twice, removed and then added; `words` marks what differs in it."""

    op: Op
    text: str
    words: list[Word]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageDiff:
    """One message of either version, or of both."""

    index: int
    role_from: str | None
    role_to: str | None
    change: Change
    lines: list[Line]


@dataclass(frozen=True, slots=True, kw_only=True)
class VariableDiff:
    """One variable that was added, removed or changed."""

    name: str
    change: Change
    before: Variable | None
    after: Variable | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """All that differs; messages that are the same are listed too, variables are not."""

    messages: list[MessageDiff]
    variables: list[VariableDiff]


def compare(before: Content, after: Content) -> Diff:
    """Return what leads from one version to the other."""
    pairs = _paired(before.messages, after.messages)
    messages = [_message(index, old, new) for index, (old, new) in enumerate(pairs)]
    return Diff(messages=messages, variables=list(_variables(before.variables, after.variables)))


def _paired(old: Sequence[Message], new: Sequence[Message]) -> Iterator[tuple[Message | None, Message | None]]:
    """Yield messages that belong together, in order; what stands alone was added or removed."""
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for _, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        longest = max(old_end - old_start, new_end - new_start)
        for left, right in zip(
            range(old_start, old_start + longest), range(new_start, new_start + longest), strict=True
        ):
            yield old[left] if left < old_end else None, new[right] if right < new_end else None


def _message(index: int, old: Message | None, new: Message | None) -> MessageDiff:
    change: Change = "changed"
    if old is None:
        change = "added"
    elif new is None:
        change = "removed"
    elif old == new:
        change = "same"
    return MessageDiff(
        index=index,
        role_from=old.role if old else None,
        role_to=new.role if new else None,
        change=change,
        lines=list(_lines(old.template if old else None, new.template if new else None)),
    )


def _lines(old: str | None, new: str | None) -> Iterator[Line]:
    before = [] if old is None else old.split("\n")
    after = [] if new is None else new.split("\n")
    if before != after and max(len(before), len(after)) > _MOST_LINES:
        yield from (_whole("removed", text) for text in before)
        yield from (_whole("added", text) for text in after)
        return
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=len(before) + len(after) > 1_000)  # noqa: PLR2004
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            yield from (_whole("same", text) for text in before[old_start:old_end])
        else:
            shared = min(old_end - old_start, new_end - new_start)
            for removed, added in zip(before[old_start:old_end], after[new_start:new_end], strict=False):
                yield from _edited(removed, added)
            yield from (_whole("removed", text) for text in before[old_start + shared : old_end])
            yield from (_whole("added", text) for text in after[new_start + shared : new_end])


def _whole(op: Op, text: str) -> Line:
    return Line(op, text, [Word(op, text)] if text else [])


def _edited(removed: str, added: str) -> Iterator[Line]:
    """Yield a line as it was and as it is; their words are compared when the two are alike."""
    old, new = _WORD.findall(removed), _WORD.findall(added)
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    is_short = max(len(old), len(new)) <= _MOST_WORDS
    if not is_short or matcher.ratio() < _LIKE:
        yield _whole("removed", removed)
        yield _whole("added", added)
        return
    old_words: list[Word] = []
    new_words: list[Word] = []
    for tag, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        is_same = tag == "equal"
        if old_end > old_start:
            old_words.append(Word("same" if is_same else "removed", "".join(old[old_start:old_end])))
        if new_end > new_start:
            new_words.append(Word("same" if is_same else "added", "".join(new[new_start:new_end])))
    yield Line("removed", removed, old_words)
    yield Line("added", added, new_words)


def _variables(old: Sequence[Variable], new: Sequence[Variable]) -> Iterator[VariableDiff]:
    before = {variable.name: variable for variable in old}
    after = {variable.name: variable for variable in new}
    for name in {**before, **after}:
        was, now = before.get(name), after.get(name)
        if was != now:
            change: Change = "added" if was is None else "removed" if now is None else "changed"
            yield VariableDiff(name=name, change=change, before=was, after=now)
