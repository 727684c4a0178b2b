from decimal import Decimal

import pytest
from hypothesis import given
from tests.query.queries import expressions

from trimtab.base.errors import InvalidQuery
from trimtab.query.expression import (
    EVERYTHING,
    All,
    Compare,
    Exists,
    Expression,
    HasSpan,
    InOrder,
    Not,
    OneOf,
    Ref,
    Some,
)
from trimtab.query.field import Op
from trimtab.query.parse import MAX_CONDITIONS, MAX_DEPTH, MAX_LENGTH, MAX_VALUES, parse
from trimtab.query.render import render

ERROR = Compare(Ref("status"), Op.EQ, "error")
TOOL = Compare(Ref("kind"), Op.EQ, "tool")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("", EVERYTHING),
        ("  \n ", EVERYTHING),
        ("status = error", ERROR),
        ("error", ERROR),
        ("Failed", ERROR),
        ("STATUS = Error", ERROR),
        ("cost > $0.01", Compare(Ref("cost"), Op.GT, Decimal("0.01"))),
        ("duration >= 1.5m", Compare(Ref("duration"), Op.GE, Decimal(90_000_000_000))),
        ("input.size < 2KiB", Compare(Ref("input.size"), Op.LT, Decimal(2048))),
        ("tokens.output>=1000", Compare(Ref("tokens.output"), Op.GE, Decimal(1000))),
        ("model = openai/gpt-4o", Compare(Ref("model"), Op.EQ, "openai/gpt-4o")),
        ("user = 42", Compare(Ref("user"), Op.EQ, "42")),
        ("user = '4\\'2'", Compare(Ref("user"), Op.EQ, "4'2")),
        ("sample", Compare(Ref("sample"), Op.EQ, value=True)),
        ("model", Compare(Ref("kind"), Op.EQ, "model")),
        ("model and error", All((Compare(Ref("kind"), Op.EQ, "model"), ERROR))),
        ("(model)", Compare(Ref("kind"), Op.EQ, "model")),
        ("not stream = true", Not(Compare(Ref("stream"), Op.EQ, value=True))),
        ("ttft exists", Exists(Ref("ttft"))),
        ("feature in (chat, 'search', chat)", OneOf(Ref("feature"), ("chat", "search"))),
        ("feature not in (chat)", Not(OneOf(Ref("feature"), ("chat",)))),
        ('attributes["http.route"] = "/chat"', Compare(Ref("attributes", "http.route"), Op.EQ, "/chat")),
        ('attributes["n"] = 3', Compare(Ref("attributes", "n"), Op.EQ, Decimal(3))),
        ('attributes["n"] = "3"', Compare(Ref("attributes", "n"), Op.EQ, "3")),
        ('"refund"', Compare(Ref("message"), Op.CONTAINS, "refund")),
        ("0" * 32, Compare(Ref("trace.id"), Op.EQ, "0" * 32)),
        ("req_" + "1" * 26, Compare(Ref("request.id"), Op.EQ, "req_" + "1" * 26)),
        ("has span(tool and error)", HasSpan(All((TOOL, ERROR)))),
        ("span(error) after span(tool)", InOrder(ERROR, TOOL)),
        ("span(tool) before span(error)", InOrder(ERROR, TOOL)),
        ("tool or tool and error", Some((TOOL, All((TOOL, ERROR))))),
        ("(tool or tool) and error", All((Some((TOOL, TOOL)), ERROR))),
        ("tool and (tool and (error))", All((TOOL, TOOL, ERROR))),
        ("not (tool or error)", Not(Some((TOOL, ERROR)))),
    ],
)
def test_text_means(text: str, meant: Expression) -> None:
    assert parse(text) == meant


@given(expressions)
def test_what_is_printed_is_read_as_the_same(expression: Expression) -> None:
    text = render(expression)
    assert parse(text) == expression
    assert render(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "fault", "words"),
    [
        ("statos = error", "statos", "Did you mean status?"),
        ("model = a and", "", "expected a condition"),
        ("status = eror", "eror", "Did you mean error?"),
        ("status = green", "green", "It is: ok, error."),
        ("refunds", "refunds", "within quotes"),
        ("cost > abc", "abc", "US dollars"),
        ("cost > 2s", "2s", "US dollars"),
        ("duration > 2", "2", "such as 250ms"),
        ("duration > 0.5ns", "0.5ns", "too fine"),
        ("tokens.output > 1" + "0" * 20, "1" + "0" * 20, "too large"),
        ("sample = maybe", "maybe", "`true` or `false`"),
        ("error tool", "tool", "Put `and` or `or`"),
        ("(error", "(", "not closed"),
        ("error)", ")", "expected `and`"),
        ("model > 3", ">", "It takes `=`"),
        ("message = hi", "=", "It takes `contains`"),
        ("message in (hi)", "in", "It takes `contains`"),
        ("cost", "cost", "needs a comparison"),
        ("model gpt-4o", "gpt-4o", "needs a comparison"),
        ("modle = x", "modle", "Did you mean model?"),
        ("model =", "", "needs a value"),
        ("model = and", "and", "needs a value"),
        ("model in (a b)", "b", "`,` or `)`"),
        ("model in ()", ")", "needs a value"),
        ("model not like a", "like", "expected `in`"),
        ("attributes = 3", "attributes", "needs a name"),
        ("attributes[http] = 3", "http", "within quotes"),
        ('attributes["n"] > "3"x', "x", "expected `and`"),
        ('attributes["n"] > many', "many", "a number"),
        ("span(error)", "", "`after` or `before`"),
        ("has error", "error", "`span(…)`"),
        ("has span(has span(error))", "has", "about that span alone"),
        ("error && tool", "&", "Write `and`"),
        ('model = "gpt', '"gpt', "Close the quote"),
    ],
)
def test_error_says_where_and_what_to_do(text: str, fault: str, words: str) -> None:
    with pytest.raises(InvalidQuery) as raised:
        parse(text)
    error = raised.value
    assert text[error.start : error.end] == fault
    assert words in f"{error.message} {error.hint}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a" * (MAX_LENGTH + 1), f"{MAX_LENGTH} characters"),
        (" or ".join(["error"] * (MAX_CONDITIONS + 1)), f"{MAX_CONDITIONS} conditions"),
        ("(" * (MAX_DEPTH + 1) + "error" + ")" * (MAX_DEPTH + 1), f"{MAX_DEPTH} deep"),
        ("not " * (MAX_DEPTH + 1) + "error", f"{MAX_DEPTH} deep"),
        (f"model in ({', '.join(map(str, range(MAX_VALUES + 1)))})", f"{MAX_VALUES} values"),
        (" and ".join(["has span(error)"] * 5), "4 other spans"),
    ],
)
def test_query_has_limits(text: str, words: str) -> None:
    with pytest.raises(InvalidQuery, match=words):
        parse(text)


def test_query_at_its_limits_is_read() -> None:
    assert len(parse(" or ".join(["error"] * MAX_CONDITIONS)).parts) == MAX_CONDITIONS  # type: ignore[union-attr]
    assert parse("(" * (MAX_DEPTH - 1) + "error" + ")" * (MAX_DEPTH - 1)) == ERROR
