"""What is listed never gets through, however deep it lies; and redacting twice is redacting once."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from trimtab.base.errors import InvalidInput
from trimtab.traces.privacy import pattern, policy
from trimtab.traces.privacy.policy import OnFailure, OwnPattern, Place, Redaction, Style
from trimtab.traces.privacy.redaction import Find, RedactionFailed, Redactor

KEY = b"k" * 32
ALL = tuple(pattern.BUILT_IN)

SECRETS = {
    "email": ["jo.smith+x@mail.example.com", "müller@exämple.de"],
    "phone": ["+49 30 1234567", "(030) 123 456 78", "212-555-0147", "030/1234567"],
    "credit_card": ["4111 1111 1111 1111", "5555555555554444", "3782-822463-10005"],
    "iban": ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432"],
    "ip_address": ["192.168.17.4", "2001:db8:85a3:0:0:8a2e:370:7334", "fe80::1ff:fe23:4567:890a"],
    "secret": [
        "sk-proj-abcdefghij0123456789",
        "tt_abcdefghijklmnop0123",
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_abcdefghijklmnopqrstuvwxyz012345",
        "xoxb-123456789012-abcdefghijkl",
        "AIzaSyA1234567890abcdefghijklmnopqrstuv",
    ],
    "jwt": ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLXdpdGgtbGVuZ3Ro"],
    "private_key": ["-----BEGIN RSA PRIVATE KEY-----\nMIIEabc\ndef==\n-----END RSA PRIVATE KEY-----"],
    "national_id": [
        "12345678Z",
        "2 55 08 14 168 025 38",
        "RSSMRA85T10A562S",
        "111.444.777-35",
        "86 095 742 719",
        "44051401359",
        "756.9217.0769.85",
        "811228-9874",
        "078-05-1120",
    ],
}
EVERY_SECRET = [(name, secret) for name, found in SECRETS.items() for secret in found]


def redactor(**wanted: Any) -> Redactor:
    return Redactor(policy.check_redaction(Redaction(**({"detectors": ALL} | wanted))), KEY)


@pytest.mark.parametrize(("name", "secret"), EVERY_SECRET)
def test_each_kind_is_found_by_its_own_detector(name: str, secret: str) -> None:
    alone = redactor(detectors=(name,))
    assert alone.text(f"It is {secret}, they say.", Place.INPUTS) == (
        f"It is [{pattern.BUILT_IN[name].label}], they say."
    )


@pytest.mark.parametrize(
    "text",
    [
        "The order 4111 1111 1111 1112 has no valid check digit.",
        "Version 1.2.3 of 2026-11-24 costs 12,345.67 and has 1234567 tokens.",
        "span 00f067aa0ba902b7 at 1763985600123456789 ns",
        "It took 12 ms: see https://example.com/a/b?c=d for 999.300.1.2",
        "DE89370400440532013001 is one digit off",
    ],
)
def test_what_only_looks_alike_stays(text: str) -> None:
    assert redactor().text(text, Place.OUTPUTS) == text


# A word before and after, so that the secret is one by itself: digits glued to digits are another number.
_around = st.text(st.characters(codec="utf-8", exclude_characters="["), max_size=12)
_shells: list[Callable[[Any], Any]] = [
    lambda inner: inner,
    lambda inner: {"content": inner},
    lambda inner: {"arguments": json.dumps({"x": inner})},
    lambda inner: [inner, 1, None],
    json.dumps,
    lambda inner: json.dumps(inner, ensure_ascii=False),
    lambda inner: json.dumps({"messages": [{"role": "user", "content": inner}]}),
    lambda inner: {str(inner) if isinstance(inner, str) else "k": True},
    lambda inner: (inner, {"deep": [[[inner]]]}),
]


def _all_texts(value: Any) -> list[str]:
    """Return every text of a nesting, and what lies in those that are JSON themselves."""
    if isinstance(value, dict):
        return [text for pair in value.items() for each in pair for text in _all_texts(each)]
    if isinstance(value, list | tuple):
        return [text for each in value for text in _all_texts(each)]
    if not isinstance(value, str):
        return [str(value)]
    try:
        inner = json.loads(value)
    except ValueError:
        return [value]
    return [value, *(_all_texts(inner) if not isinstance(inner, int | float) else [])]


@example(
    secret="müller@exämple.de",
    before="",
    after="",
    shells=[json.dumps, lambda inner: {str(inner): True}],
    style=Style.MASK,
)
@settings(max_examples=400, deadline=None)
@given(
    secret=st.sampled_from([secret for _, secret in EVERY_SECRET]),
    before=_around,
    after=_around,
    shells=st.lists(st.sampled_from(_shells), max_size=5),
    style=st.sampled_from(list(Style)),
)
def test_no_secret_gets_through_in_any_nesting_and_twice_is_once(
    secret: str, before: str, after: str, shells: list[Callable[[Any], Any]], style: Style
) -> None:
    value: Any = f"{before} {secret} {after}"
    for shell in shells:
        value = shell(value)
    chosen = redactor(style=style)
    redacted = chosen.value(value, Place.INPUTS)
    assert not [text for text in _all_texts(redacted) if secret in text]
    assert chosen.value(redacted, Place.INPUTS) == redacted


def test_json_stays_json_although_an_escape_stands_before_the_find() -> None:
    text = json.dumps(
        {"content": "Write to\nada@example.com\tnow", "n": 0.30000000000000004, "big": 12345678901234567890}
    )
    found = json.loads(redactor().text(text, Place.INPUTS))
    assert found == {"content": "Write to\n[email]\tnow", "n": 0.30000000000000004, "big": 12345678901234567890}


@pytest.mark.parametrize(
    "text",
    [
        '{"content": "ada\\u0040example.com"}',
        '{"a": "ada@example.com", "a": "nobody"}',
        '{"content": "ada\\u0040example.com and then it was cut o',
        '{"card": 4111111111111111}',
        '["x", {"y": "[1, \\"ada@example.com\\"]"}]',
        '"\\"ada@example.com\\""',
        '{"n": NaN, "to": "ada\\u0040example.com"}',
    ],
)
def test_no_way_of_writing_json_hides_anything(text: str) -> None:
    redacted = redactor().text(text, Place.INPUTS)
    assert "example.com" not in redacted
    assert "4111" not in redacted


def test_what_is_clean_stays_byte_for_byte() -> None:
    text = '{ "a" : [1.0, 2e3,  "x"] }'
    assert redactor().text(text, Place.INPUTS) is text


def test_equal_values_stay_equal_under_a_hash_and_differ_between_projects() -> None:
    ours = redactor(style=Style.HASH)
    theirs = Redactor(Redaction(detectors=ALL, style=Style.HASH), b"x" * 32)
    first = ours.text("ada@example.com", Place.INPUTS)
    assert first == ours.text("Ada@Example.com", Place.OUTPUTS)
    assert first.startswith("[email:")
    assert first != ours.text("bob@example.com", Place.INPUTS)
    assert first != theirs.text("ada@example.com", Place.INPUTS)


def test_removal_takes_what_told_of_the_secret_too_and_eats_no_further() -> None:
    removing = redactor(style=Style.REMOVE)
    once = removing.text("The password: correct-horse and something more", Place.INPUTS)
    assert once == "The  and something more"
    assert removing.text(once, Place.INPUTS) == once


def test_a_key_that_names_a_secret_hides_its_value() -> None:
    found = redactor().value({"password": "plain", "max_tokens": 12, "headers": {"Authorization": "x y"}}, Place.INPUTS)
    assert found == {"password": "[secret]", "max_tokens": 12, "headers": {"Authorization": "[secret]"}}


def test_only_chosen_places_are_looked_at() -> None:
    narrow = redactor(places=(Place.TOOL_ARGUMENTS,))
    call = {"content": "ada@example.com", "function": {"arguments": '{"to": "ada@example.com"}'}}
    assert narrow.value(call, Place.OUTPUTS) is call
    wide = redactor(places=(Place.OUTPUTS,))
    assert wide.value(call, Place.OUTPUTS) == {"content": "[email]", "function": call["function"]}


def test_users_are_never_mixed_up_by_a_mask() -> None:
    masking = redactor()
    assert masking.user("ada@example.com") != masking.user("bob@example.com")
    assert masking.user("user-7") == "user-7"
    hiding = redactor(pseudonymise_users=True)
    name = hiding.user("user-7")
    assert name.startswith("[user:")
    assert hiding.user(name) == name


def test_own_patterns_are_named_after_themselves() -> None:
    own = redactor(detectors=(), patterns=(OwnPattern(name="order", expression=r"ORD-\d{6}"),))
    assert own.text("See ORD-123456.", Place.INPUTS) == "See [order]."
    assert own.counts() == {"order": 1}


@pytest.mark.parametrize("expression", [r"^.{3}", r"\w+", r"[a-z]", r"(a+)+$", r".", r"\[|\]"])
def test_any_own_pattern_is_idempotent(expression: str) -> None:
    own = redactor(patterns=(OwnPattern(name="own", expression=expression),))
    once = own.text("abc aaa ada@example.com [email] xyz", Place.INPUTS)
    assert own.text(once, Place.INPUTS) == once


def test_no_pattern_backtracks() -> None:
    own = redactor(patterns=(OwnPattern(name="own", expression=r"(x+x+)+y"),))
    assert own.text("x" * 200_000, Place.INPUTS) == "x" * 200_000


@pytest.mark.parametrize(
    ("patterns", "said"),
    [
        ([("own", "(?=a)b")], "invalid perl operator"),
        ([("own", "(")], "missing"),
        ([("own", "a*")], "empty text"),
        ([("own", "")], "0 characters"),
        ([("email", "a")], "built-in"),
        ([("Own", "a")], "the name of a pattern"),
        ([("own", "a"), ("own", "b")], "two patterns"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused_with_the_reason(patterns: list[tuple[str, str]], said: str) -> None:
    wanted = Redaction(patterns=tuple(OwnPattern(name=name, expression=text) for name, text in patterns))
    with pytest.raises(InvalidInput, match=said):
        policy.check_redaction(wanted)


class _Failing:
    labels = ("person",)

    def find(self, text: str) -> list[Find]:
        if "Ada" in text:
            raise RedactionFailed("no answer")
        at = text.find("Bob")
        return [Find(at, at + 3, "person")] if at >= 0 else []


def test_a_failing_engine_is_heard_of_when_failing_closed() -> None:
    closed = Redactor(Redaction(detectors=ALL), KEY, engine=_Failing())
    assert closed.text("Bob is here", Place.INPUTS) == "[person] is here"
    with pytest.raises(RedactionFailed):
        closed.value([{"content": "Ada is here"}], Place.INPUTS)
    assert closed.counts() == {"person": 1, "failed": 1}


def test_patterns_work_on_when_failing_open() -> None:
    opened = Redactor(Redaction(detectors=ALL, on_failure=OnFailure.OPEN), KEY, engine=_Failing())
    assert opened.text("Ada has ada@example.com", Place.INPUTS) == "Ada has [email]"
    assert opened.counts()["failed"] > 0


def test_too_deep_a_nesting_fails_instead_of_passing() -> None:
    value: Any = "ada@example.com"
    for _ in range(200):
        value = [value]
    with pytest.raises(RedactionFailed):
        redactor().value(value, Place.INPUTS)
