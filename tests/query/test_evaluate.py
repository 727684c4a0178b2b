from decimal import Decimal

import pytest

from trimtab.query.evaluate import Score, Subject, fits, number_of
from trimtab.query.parse import parse


def _span(
    start: int = 0,
    end: int = 10,
    attributes: dict[str, str] | None = None,
    scores: dict[str, list[Score]] | None = None,
    **values: object,
) -> Subject:
    named = {name.replace("_", "."): value for name, value in values.items()}
    return Subject(values=named, attributes=attributes or {}, scores=scores or {}, started_ns=start, ended_ns=end)  # type: ignore[arg-type]


CALL = _span(
    status="error",
    model=("gpt-4o", "openai/gpt-4o"),
    feature="",
    user="O'Neil",
    duration=Decimal(2_500_000_000),
    cost=Decimal("0.0123"),
    tokens_output=Decimal(20),
    sample=False,
    message="where is my refund? straße",
    scores={"faith": [Score(value=0.25, label="Poor"), Score(label="fair")]},
    attributes={"http.route": "/chat", "n": "3.0", "empty": "", "words": "3 apples"},
)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "error and cost > 0.01",
        "model = gpt-4o and model = openai/gpt-4o and model in (x, openai/gpt-4o)",
        "model ~ 'GPT*o' and model contains '/GPT'",
        "user ~ 'o*n*l' and not user ~ 'l*o'",
        "duration > 2s and duration <= 2500ms",
        "not sample",
        "feature = '' and not feature exists",
        "team = '' and team != red and not team exists",
        "message contains 'REFUND' and 'Straße'",
        "not ttft > 0s and not ttft <= 1h and ttft != 1s",
        'attributes["n"] = 3 and attributes["n"] in (3) and attributes["n"] = "3.0" and not attributes["n"] = "3"',
        'attributes["words"] != 3 and not attributes["words"] > 1',
        'scores["faith"] < 0.3 and scores["faith"] = 0.25 and scores["faith"] exists and not scores["taste"] exists',
        'scores["faith"] = "fair" and scores["faith"] ~ "p*R"',
        'scores["faith"] in (good, Poor) and scores["faith"] != good',
        'not scores["taste"] > 0 and scores["taste"] != 1 and not scores["taste"] = ""',
        'attributes["empty"] exists and not attributes["gone"] exists and attributes["gone"] = ""',
    ],
)
def test_call_fits(query: str) -> None:
    assert fits(parse(query), CALL, [CALL])


@pytest.mark.parametrize(
    "query", ["ok", "cost > 0.0123", "model != gpt-4o", "model = gpt", "sample", "user contains 'o*n'", "feature != ''"]
)
def test_call_does_not_fit(query: str) -> None:
    assert not fits(parse(query), CALL, [CALL])


def test_has_span_looks_through_the_whole_trace() -> None:
    trace = [CALL, _span(kind="tool", status="ok"), _span(kind="model", status="error")]
    assert fits(parse("has span(tool)"), CALL, trace)
    assert not fits(parse("has span(tool and error)"), CALL, trace)
    assert not fits(parse("tool"), CALL, trace)


def test_after_means_that_the_earlier_one_had_ended() -> None:
    def trace(tool_starts: int) -> list[Subject]:
        return [_span(0, 10, kind="retriever"), _span(50, 60, kind="retriever"), _span(tool_starts, 99, kind="tool")]

    query = parse("span(tool) after span(retriever)")
    assert fits(query, CALL, trace(10))
    assert not fits(query, CALL, trace(9))
    assert not fits(query, CALL, trace(70)[2:])


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3", Decimal(3)),
        ("-0.5", Decimal("-0.5")),
        ("0.30000000000000004", Decimal("0.3")),
        ("", None),
        ("1e3", None),
        (" 3", None),
        ("3 ", None),
        ("nan", None),
        ("٣", None),
        ("1" * 16, None),
    ],
)
def test_attribute_is_a_number_only_when_all_of_it_is(text: str, number: Decimal | None) -> None:
    assert number_of(text) == number
