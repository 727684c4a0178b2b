"""A query's text as tokens, each with its place."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from trimtab.base.errors import InvalidQuery


class Kind(StrEnum):
    """What a token is."""

    WORD = "word"
    STRING = "string"
    NUMBER = "number"
    OPERATOR = "operator"
    MARK = "mark"
    """One of `( ) [ ] ,`."""
    CURSOR = "cursor"
    """Where somebody is typing; only `complete` makes one."""
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text from `start` up to `end`, counted in characters from 0."""

    kind: Kind
    text: str
    """Of a string, what it says; of the others, what is written."""
    start: int
    end: int

    @property
    def word(self) -> str:
        """The text of a word in lower case; empty for anything else."""
        return self.text.lower() if self.kind is Kind.WORD else ""


_TOKEN: Final = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<operator>!=|>=|<=|=|<|>|~)
  | (?P<mark>[()\[\],])
  | (?P<number>-?\$?\d[\w.$µ]*)
  | (?P<word>[^\W\d][\w.\-/:@]*)
  | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_HINTS: Final = {"&": "Write `and`.", "|": "Write `or`.", "!": "Write `not`, or `!=`.", "*": "Write it within quotes."}


def scan(text: str) -> list[Token]:
    """Return the tokens, with an END after them.

    Raises:
        InvalidQuery: a character has no meaning, or a string has no end.
    """
    tokens = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise _unreadable(text, at)
        if match.lastgroup != "space":
            kind = Kind(str(match.lastgroup))
            said = _ESCAPED.sub(_meaning, match[0][1:-1]) if kind is Kind.STRING else match[0]
            tokens.append(Token(kind, said, at, match.end()))
        at = match.end()
    tokens.append(Token(Kind.END, "", len(text), len(text)))
    return tokens


def quote(text: str) -> str:
    """Return the text as a string of the language."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _meaning(match: re.Match[str]) -> str:
    return "\n" if match[1] == "n" else match[1]


def _unreadable(text: str, at: int) -> InvalidQuery:
    if text[at] in "\"'":
        return InvalidQuery("this string has no end", start=at, end=len(text), hint="Close the quote.")
    return InvalidQuery(f"{text[at]!r} has no meaning here", start=at, end=at + 1, hint=_HINTS.get(text[at], ""))
