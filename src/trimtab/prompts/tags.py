"""What the tags of a template may say, checked before the engine sees them.

The engine counts fuel for every step and for text in proportion to its length, so loops, ranges and growing strings
are bounded there. Three things it does not count are refused here: tags so long or so many that its parser would
exhaust the stack, containers that are built out of themselves (`set x = [x, x]`, forty times, is a terabyte when it is
printed), and calls of methods, which would reach into the caller's own objects. What is left is what a prompt needs:
conditions, loops, filters, and names for parts of a value.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from trimtab.base.errors import InvalidTemplate

MAX_TAGS: Final = 1_000
MAX_TOKENS: Final = 200
"""In one tag."""

FUNCTIONS: Final = frozenset({"range"})
"""What a template may call; filters and tests are not calls."""

_STATEMENTS = frozenset({"if", "elif", "else", "endif", "for", "endfor", "set"})
_BINDING = frozenset({"for", "set"})
_OPEN = re.compile(r"\{\{|\{%|\{#")
_RAW = re.compile(r"\{%[-+]?\s*raw\s*[-+]?%\}")
_ENDRAW = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")
_TOKEN = re.compile(
    r"""\s+
    | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    | (?P<number>[0-9][0-9A-Za-z_]*(?:\.[0-9][0-9A-Za-z_]*)?)
    | (?P<name>[^\W\d]\w*)
    | (?P<symbol>\*\*|//|==|!=|<=|>=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_WORDS = frozenset({"and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "True", "False", "None"})
_OPERAND = frozenset({"string", "number"})
_OPENING = frozenset({"(", "[", "{"})
_CLOSING = frozenset({")", "]", "}"})


class Token(NamedTuple):
    """One word or sign inside a tag."""

    kind: str
    """`string`, `number`, `name` or `symbol`."""
    text: str
    line: int


class Tag(NamedTuple):
    """One `{{ … }}` or `{% … %}`."""

    is_statement: bool
    line: int
    tokens: list[Token]


def check(text: str) -> list[Tag]:
    """Return the tags of a template.

    A tag that never ends is returned as far as it goes: the engine says best what is wrong with it.

    Raises:
        InvalidTemplate: a tag says something that is not allowed, or there are too many.
    """
    found: list[Tag] = []
    for tag in _scan(text):
        found.append(tag)
        if len(found) > MAX_TAGS:
            raise InvalidTemplate(f"line {tag.line}: there are more than {MAX_TAGS} tags")
        _check_calls(tag)
        if tag.is_statement:
            _check_statement(tag)
    return found


def _scan(text: str) -> Iterator[Tag]:
    at, line = 0, 1
    while opening := _OPEN.search(text, at):
        start = opening.start()
        line += text.count("\n", at, start)
        if opening.group() == "{#":
            end = _after(text, text.find("#}", start + 2), 2)
        elif raw := _RAW.match(text, start):
            ending = _ENDRAW.search(text, raw.end())
            end = ending.end() if ending else len(text)
        else:
            tokens, end = _read_tag(text, opening.end(), "}}" if opening.group() == "{{" else "%}", line)
            yield Tag(opening.group() == "{%", line, tokens)
        line += text.count("\n", start, end)
        at = end


def _after(text: str, position: int, width: int) -> int:
    return len(text) if position < 0 else position + width


def _read_tag(text: str, at: int, closing: str, line: int) -> tuple[list[Token], int]:
    """Return the tokens from `at` to the end of the tag, and where the text goes on."""
    tokens: list[Token] = []
    depth = 0
    first_line = line
    while at < len(text):
        if depth == 0 and (end := _closes(text, at, closing)):
            return tokens, end
        match = _TOKEN.match(text, at)
        if match is None:
            break
        if match.lastgroup is not None:
            tokens.append(Token(match.lastgroup, match.group(), line))
            depth += _step(tokens[-1])
        if len(tokens) > MAX_TOKENS:
            raise InvalidTemplate(
                f"line {first_line}: a tag has more than {MAX_TOKENS} words and signs",
                hint="Compute the value in your application and pass it as a variable.",
            )
        line += match.group().count("\n")
        at = match.end()
    return tokens, len(text)


def _closes(text: str, at: int, closing: str) -> int:
    """Return where the tag that ends at `at` leaves off, 0 if it does not end there."""
    if text.startswith(closing, at):
        return at + 2
    return at + 3 if text[at] in "-+" and text.startswith(closing, at + 1) else 0


def _check_calls(tag: Tag) -> None:
    tokens = tag.tokens
    for place, token in enumerate(tokens):
        previous = tokens[place - 1] if place else None
        if token.text in {"*", "**"} and token.kind == "symbol":
            raise InvalidTemplate(
                f"line {token.line}: {token.text!r} is not allowed in a template",
                hint="Compute the value in your application and pass it as a variable.",
            )
        if token.text == "(" and token.kind == "symbol" and previous is not None:
            before = tokens[place - 2].text if place > 1 else ""
            _check_call(previous, before, token.line)


def _check_call(called: Token, before: str, line: int) -> None:
    is_operand = called.kind in _OPERAND or called.text in _CLOSING
    is_name = called.kind == "name" and called.text not in _WORDS
    if not is_operand and not is_name:
        return
    if is_name and (before == "|" or before in {"is", "not"}):
        return
    if is_name and before != "." and called.text in FUNCTIONS | _STATEMENTS:
        return
    raise InvalidTemplate(
        f"line {line}: {called.text!r} cannot be called in a template",
        hint=f"What can be called: {', '.join(sorted(FUNCTIONS))}. Filters are written {{{{ value | filter }}}}.",
    )


def _check_statement(tag: Tag) -> None:
    word = tag.tokens[0].text if tag.tokens and tag.tokens[0].text not in {"-", "+"} else ""
    if not word and len(tag.tokens) > 1:
        word = tag.tokens[1].text
    if not word:
        return
    if word not in _STATEMENTS:
        raise InvalidTemplate(
            f"line {tag.line}: there is no statement {word!r} in a template",
            hint="Statements: if, elif, else, endif, for, endfor, set, raw, endraw.",
        )
    if word in _BINDING:
        _check_binding(tag, word)


def _check_binding(tag: Tag, word: str) -> None:
    """Refuse a `set` or `for` that builds something new out of values: it could be built on again without end."""
    separator = "=" if word == "set" else "in"
    places = [place for place, token in enumerate(tag.tokens) if token.text == separator and token.kind != "string"]
    if not places:
        raise InvalidTemplate(
            f"line {tag.line}: {word!r} needs {separator!r} in its tag",
            hint="Write {% set name = value %} or {% for name in values %}.",
        )
    value = tag.tokens[places[0] + 1 :]
    if any(token.kind == "name" and token.text == "recursive" for token in value):
        raise InvalidTemplate(f"line {tag.line}: a loop cannot be recursive", hint="Nest loops instead.")
    if any(_builds(value, place) for place in range(len(value))):
        raise InvalidTemplate(
            f"line {tag.line}: {word!r} can name a part of a value, but not build a new one from values",
            hint="Compute the value in your application, or write it where it is printed.",
        )


def _builds(tokens: list[Token], place: int) -> bool:
    """Say whether the sign at `place` makes a text, a list or a map out of something that has a name."""
    token = tokens[place]
    if token.kind != "symbol":
        return False
    if token.text in {"~", "+"} or (token.text == "," and not _is_enclosed(tokens, place)):
        return any(_refers(each) for each in tokens)
    if token.text == "{" or (token.text == "[" and not _is_subscript(tokens, place)):
        return any(_refers(each) for each in _enclosed(tokens, place))
    return False


def _refers(token: Token) -> bool:
    return token.kind == "name" and token.text not in _WORDS


def _is_subscript(tokens: list[Token], place: int) -> bool:
    if place == 0:
        return False
    previous = tokens[place - 1]
    return previous.kind == "string" or previous.text in _CLOSING or _refers(previous)


def _enclosed(tokens: list[Token], place: int) -> Iterator[Token]:
    """Yield what stands in the bracket that opens at `place`."""
    depth = 0
    for token in tokens[place:]:
        depth += _step(token)
        if depth == 0:
            return
        yield token


def _step(token: Token) -> int:
    if token.kind != "symbol":
        return 0
    return (token.text in _OPENING) - (token.text in _CLOSING)


def _is_enclosed(tokens: list[Token], place: int) -> bool:
    """Say whether a comma stands in a call, a list or a map; if not, it makes a tuple."""
    depth = 0
    for index in range(place - 1, -1, -1):
        depth -= _step(tokens[index])
        if depth < 0:
            is_called = index > 0 and tokens[index - 1].kind == "name"
            return tokens[index].text != "(" or is_called
    return False
