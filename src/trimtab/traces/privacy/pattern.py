r"""What can be looked for in a text, by name: built-in patterns and a project's own. Pure.

Patterns run on RE2, whose time grows with the text and never with the pattern's nesting, so that no expression of a
user can hold up the collector. It has neither look-around nor back-references; an expression that needs them is refused
with a reason.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import re2

from trimtab.base.errors import InvalidInput
from trimtab.traces.privacy import checksum

MOST_CHARS: Final = 1000
_MEMORY: Final = 8 * 1024 * 1024
_SET_MEMORY: Final = 64 * 1024 * 1024
_SENTINEL: Final = "\x02 whether a set of patterns works at all \x03"
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")


def _whole(text: str) -> Iterator[checksum.Span]:
    yield 0, len(text)


@dataclass(frozen=True, slots=True)
class Form:
    """One regular expression. `within` says which parts of a find are one; a group `secret` is the part to hide."""

    expression: str
    within: Callable[[str], Iterator[checksum.Span]] = _whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """A kind of thing that can be looked for. `label` is what stands in its place."""

    name: str
    label: str
    help: str
    forms: tuple[Form, ...]


def _phone(text: str) -> Iterator[checksum.Span]:
    if len(checksum.digits_of(text)) >= _PHONE_DIGITS:
        yield 0, len(text)


_PHONE_DIGITS: Final = 8

_SECRETS: Final = (
    r"\bsk-[A-Za-z0-9_-]{16,}",
    r"\btti?_[A-Za-z0-9_-]{16,}",
    r"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}\b",
    r"(?i)aws.{0,20}?(?:secret|key).{0,20}?[\"'=:\s](?P<secret>[A-Za-z0-9/+]{40})(?:[^A-Za-z0-9/+=]|$)",
    r"\bgh[pousr]_[A-Za-z0-9]{20,}",
    r"\bgithub_pat_[A-Za-z0-9_]{20,}",
    r"\bglpat-[A-Za-z0-9_-]{20,}",
    r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}",
    r"\bAIza[A-Za-z0-9_-]{35}",
    r"\b(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{10,}",
    r"\b(?:hf|gsk|npm|r8)_[A-Za-z0-9]{20,}",
    r"\bxai-[A-Za-z0-9]{20,}",
    r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
    r"(?i)\b(?:bearer|basic)\s+(?P<secret>[A-Za-z0-9._~+/-]{20,}=*)",
    r"(?i)\b(?:api[_-]?key|secret|token|passwd|password)[\"']?\s*[:=]\s*[\"']?(?P<secret>[^\s\"',;\[\]]{8,})",
    r"[a-z][a-z0-9+.-]*://[^\s/:@\[\]]*:(?P<secret>[^\s/@\[\]]+)@",
)

BUILT_IN: Final[Mapping[str, Detector]] = {
    detector.name: detector
    for detector in (
        Detector(
            name="private_key",
            label="private_key",
            help="Blocks of private keys in PEM",
            forms=(Form(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----(?:[^-]|-[^-])*(?:-----END [A-Z0-9 ]*-----)?"),),
        ),
        Detector(
            name="jwt",
            label="jwt",
            help="JSON web tokens",
            forms=(Form(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*"),),
        ),
        Detector(
            name="secret",
            label="secret",
            help="API keys and passwords: OpenAI, Anthropic, Trimtab, AWS, GitHub, GitLab, Slack, Google, Stripe, …",
            forms=tuple(Form(expression) for expression in _SECRETS),
        ),
        Detector(
            name="email",
            label="email",
            help="E-mail addresses",
            forms=(Form(r"[\p{L}\p{N}._%+'-]+@[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?\.\p{L}{2,}"),),
        ),
        Detector(
            name="credit_card",
            label="card",
            help="Payment cards with a valid Luhn digit",
            forms=(Form(r"\b\d(?:[ -]?\d){12,}\b", checksum.cards),),
        ),
        Detector(
            name="iban",
            label="iban",
            help="Bank accounts (IBAN) with valid check digits",
            forms=(Form(r"(?i)\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,}\b", checksum.accounts),),
        ),
        Detector(
            name="national_id",
            label="national_id",
            help="Identity numbers with a valid check digit: BR, CH, DE, ES, FR, IT, PL, SE, US",
            forms=tuple(Form(expression, within) for expression, within in checksum.NATIONAL.items()),
        ),
        Detector(
            name="ip_address",
            label="ip",
            help="IPv4 and IPv6 addresses",
            forms=(
                Form(r"\b\d{1,3}(?:\.\d{1,3}){3,}\b", checksum.addresses),
                Form(r"(?i)\b(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}\b"),
                Form(r"(?i)\b(?:[0-9a-f]{1,4}:){1,6}(?::[0-9a-f]{1,4}){1,6}\b"),
            ),
        ),
        Detector(
            name="phone",
            label="phone",
            help="Phone numbers: international with +, or grouped by spaces, dots, dashes or brackets",
            forms=(
                Form(r"\+\d[\d ().-]{6,18}\d\b", _phone),
                Form(r"\(\d{2,5}\)[ -]?\d{2,4}(?:[ -]\d{2,4}){1,3}\b", _phone),
                Form(r"\b\d{3}[ .-]\d{3}[ .-]\d{4}\b", _phone),
                Form(r"\b0\d{1,4}[ /-]\d{2,4}(?:[ -]?\d{2,4}){1,3}\b", _phone),
            ),
        ),
    )
}
"""In the order in which they are tried: what is most exact comes first."""


def own(name: str, expression: str) -> Detector:
    """Return a project's own pattern.

    Raises:
        InvalidInput: the name or the expression cannot be used; the message says why.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"the name of a pattern is {name!r}; expected a-z, 0-9, _ and -, a letter first, at most 40 characters"
        )
    if name in BUILT_IN:
        raise InvalidInput(f"there is a built-in pattern {name!r}", hint="Choose another name.")
    if not expression or len(expression) > MOST_CHARS:
        raise InvalidInput(f"the pattern {name!r} has {len(expression)} characters; expected 1 to {MOST_CHARS}")
    if compiled(name, expression).search("") is not None:
        raise InvalidInput(
            f"the pattern {name!r} fits the empty text, so it would hide nothing and everything",
            hint="Let it ask for at least one character.",
        )
    return Detector(name=name, label=name, help="", forms=(Form(expression),))


def compiled(name: str, expression: str) -> Any:  # noqa: ANN401 - RE2 has no types
    """Return an expression made ready.

    Raises:
        InvalidInput: RE2 does not know it.
    """
    try:
        return re2.compile(expression, _options())
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace") if error.args and isinstance(error.args[0], bytes) else error
        raise InvalidInput(
            f"the pattern {name!r} cannot be used: {reason}",
            hint="Patterns are RE2: no look-around, no back-references, so that their time is bounded.",
        ) from None


def matches_any(expressions: Sequence[str]) -> Callable[[str], Sequence[int]]:
    """Return a function that says, in one pass over a text, which of the expressions are found in it.

    Raises:
        InvalidInput: together they are too large for one pass.
    """
    if not expressions:
        return lambda _text: ()
    chosen = re2.Set.SearchSet(_options(_SET_MEMORY))
    for expression in (*expressions, re.escape(_SENTINEL)):
        chosen.Add(expression)
    chosen.Compile()
    # A set that does not fit into its memory finds nothing and says nothing; it would not find this either.
    if len(expressions) not in (chosen.Match(_SENTINEL) or ()):
        raise InvalidInput("the patterns are too large together", hint="Use fewer or shorter ones.")
    return lambda text: chosen.Match(text) or ()


def _options(memory: int = _MEMORY) -> Any:  # noqa: ANN401 - RE2 has no types
    options = re2.Options()
    options.log_errors = False
    options.max_mem = memory
    return options
