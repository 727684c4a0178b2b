import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.query.queries import expressions

from trimtab.base.errors import InvalidQuery
from trimtab.query.complete import complete
from trimtab.query.expression import Expression, Ref
from trimtab.query.field import BY_NAME, OPERATORS, Type
from trimtab.query.parse import parse
from trimtab.query.render import render


def _offered(text: str) -> list[str]:
    return [option.text for option in complete(text, len(text)).options]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("stat", ["status", "status.message", "http.status"]),
        ("us", ["user", "status", "status.message", "http.status"]),
        ("status ", ["=", "!=", "in (", "not in (", "exists"]),
        ("status = ", ["ok", "error"]),
        ("status = er", ["error"]),
        ("status in (ok, ", ["ok", "error"]),
        ("not sample = ", ["true", "false"]),
        ("duration > ", ["500ms", "2s", "30s", "1m"]),
        ("error ", ["and", "or"]),
        ("(error ", ["and", "or"]),
        ("error an", ["and"]),
        ("span(tool) ", ["after span(", "before span("]),
        ("error and has ", ["span("]),
        ("message ", ["contains", "~", "exists"]),
        ("statos = error and ", []),
    ],
)
def test_offers_what_may_come(text: str, first: list[str]) -> None:
    assert _offered(text) == first


def test_an_empty_text_may_begin_with_any_field() -> None:
    assert [name for name in _offered("") if name in BY_NAME] == [
        name for name, field in BY_NAME.items() if field.type is not Type.MAP
    ]


def test_within_a_span_no_other_span_is_offered() -> None:
    assert "has span(" in _offered("error and ")
    assert "has span(" not in _offered("has span(")
    assert "has span(" in _offered("has span(error) and ")


@pytest.mark.parametrize(
    ("text", "start", "ref", "typed"),
    [
        ("model = ", 8, Ref("model"), ""),
        ("model = gp", 8, Ref("model"), "gp"),
        ('model = "gp', 8, Ref("model"), "gp"),
        ('feature = "it\'s" and model ~ "g', 29, Ref("model"), "g"),
        ("model in (a, ", 13, Ref("model"), ""),
        ("attributes[", 11, Ref("attributes"), ""),
        ('attributes["ht', 11, Ref("attributes"), "ht"),
        ('attributes["n"] = ', 18, Ref("attributes", "n"), ""),
        ("status ", 7, None, ""),
    ],
)
def test_says_whose_values_would_fit(text: str, start: int, ref: Ref | None, typed: str) -> None:
    found = complete(text, len(text))
    assert (found.start, found.values_of, found.typed) == (start, ref, typed)


def test_what_follows_the_cursor_does_not_matter() -> None:
    assert complete("stat = error", 4).options == complete("stat", 4).options


@pytest.mark.parametrize("name", [name for name, field in BY_NAME.items() if field.type is not Type.MAP])
def test_every_operator_that_is_offered_is_accepted(name: str) -> None:
    offered = set(_offered(f"{name} "))
    assert {op.value for op in OPERATORS[BY_NAME[name].type]} <= offered
    for operator in offered:
        values = _offered(f"{name} {operator} ") or ["1"]
        ending = {"exists": "", "in (": f"{values[0]})", "not in (": f"{values[0]})"}.get(operator, values[0])
        parse(f"{name} {operator} {ending}")


@given(expressions, st.integers(min_value=0, max_value=200))
def test_every_beginning_of_a_query_can_be_completed(expression: Expression, cursor: int) -> None:
    text = render(expression)
    found = complete(text, min(cursor, len(text)))
    assert 0 <= found.start <= len(text)


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_but_never_breaks(text: str) -> None:
    complete(text, len(text))
    try:
        parse(text)
    except InvalidQuery as error:
        assert 0 <= error.start <= error.end <= len(text)  # noqa: PT017 - either way is fine, a crash is not
