"""What a query finds in the warehouse is what its evaluator says of the same spans."""

import random
from collections import defaultdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from tests.query.queries import WORDS, expressions
from tests.traces.conftest import NOW_NS

from trimtab.base import ids
from trimtab.identity.access import Project
from trimtab.llm.usage import Usage
from trimtab.query.evaluate import Score, Subject, fits
from trimtab.query.expression import Expression
from trimtab.query.field import FIELDS, TAG, Type
from trimtab.query.parse import parse
from trimtab.query.render import render
from trimtab.query.scan import quote
from trimtab.storage.warehouse.port import Warehouse
from trimtab.traces.annotation import Annotation, Kind
from trimtab.traces.range import TimeRange
from trimtab.traces.span import Dimensions, Span, SpanKind, Status
from trimtab.traces.store import annotations, condition, rows, telemetry
from trimtab.traces.store.matching import COLUMNS, OF_TRACES, Matching
from trimtab.traces.store.telemetry import ScoreRow
from trimtab.traces.subject import subject_of

DURING = TimeRange(NOW_NS - 60 * 10**9, NOW_NS + 60 * 10**9)
KEYS = ("http.route", "n", 'odd "key"\\')
NUMBER_TEXTS = ("3", "3.0", "-0.5", "0.30000000000000004", "1e3", "3\n", " 3", "٣", "1" * 15, "1" * 16, "1.", ".5")


def _chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - data for a test, the same each time


def _span(chance: random.Random, project_id: str, trace_id: str) -> Span:
    word = lambda: chance.choice(WORDS)  # noqa: E731 - short on purpose
    said = word()
    return Span(
        project_id=project_id,
        trace_id=trace_id,
        span_id=ids.new_span_id(),
        parent_span_id="",
        request_id=word(),
        started_ns=NOW_NS + chance.randrange(5) * 250_000_000,
        duration_ns=chance.choice((0, 1, 250_000_000, 999_999_999, 1_000_000_000)),
        ttft_ns=chance.choice((None, 0, 250_000_000)),
        name=word(),
        kind=chance.choice(list(SpanKind)),
        operation=word(),
        status=chance.choice(list(Status)),
        status_message=word(),
        error_code=word(),
        requested_model=word(),
        stream=chance.random() < 0.5,
        dimensions=Dimensions(
            **{
                name: chance.randrange(3) if name in ("prompt_version", "status_code") else word()  # type: ignore[arg-type]
                for name in Dimensions.__struct_fields__
                if name != "is_sample"
            },
            is_sample=chance.random() < 0.5,
        ),
        usage=Usage(input_uncached=chance.randrange(3), cache_read=chance.randrange(3), output_text=1000, reasoning=1),
        usage_source="provider",
        cost_usd=chance.choice((None, Decimal(0), Decimal("0.000000000001"), Decimal("2.5"), Decimal(1000))),
        cost_source="provider",
        attributes={key: chance.choice((*WORDS, *NUMBER_TEXTS)) for key in KEYS if chance.random() < 0.7},
        input_messages=said,
        output_messages=word() * 500,
        search_text=f"{said}{word()}".lower(),
        role=chance.choice(("", "model", "tool", "agent", "retriever")),
        source=word(),
        dialect=word(),
        scope=word(),
        response_id=word(),
        is_root=chance.random() < 0.3,
        is_call=chance.random() < 0.6,
    )


def _score(chance: random.Random, span: Span) -> ScoreRow:
    """Give a judgement of the span, or of the whole trace."""
    return ScoreRow(
        project_id=span.project_id,
        score_id=ids.new("sco"),
        trace_id=span.trace_id,
        span_id=chance.choice((span.span_id, "")),
        response_id="",
        session_id="",
        at_ns=NOW_NS,
        name=chance.choice(KEYS),
        value=chance.choice((None, 0.0, 1.0, -1.0, 2.5, 1e-12)),
        label=chance.choice(WORDS),
        explanation="",
        source="",
        error_type="",
    )


def _scores_of(span: Span, given: list[ScoreRow]) -> dict[str, list[Score]]:
    found = defaultdict(list)
    for row in given:
        is_of_trace = span.is_root and row.trace_id == span.trace_id and not row.span_id
        if row.span_id == span.span_id or is_of_trace:
            found[row.name].append(Score(value=row.value, label=row.label))
    return found


def _tag(chance: random.Random, span: Span) -> Annotation:
    """Give a tag of the span, or of the whole trace."""
    now = datetime.fromtimestamp(NOW_NS // 10**9, UTC)
    return Annotation(
        id=ids.new("tag"),
        kind=Kind.TAG,
        trace_id=span.trace_id,
        span_id=chance.choice((span.span_id, "")),
        text=chance.choice([word for word in WORDS if word]),
        author_id="usr_1",
        author="Ada",
        at_ns=NOW_NS,
        created_at=now,
        revised_at=now,
    )


def _tags_of(span: Span, given: list[Annotation]) -> list[str]:
    is_on = lambda tag: tag.span_id == span.span_id or (span.is_root and tag.trace_id == span.trace_id)  # noqa: E731
    return [tag.text for tag in given if is_on(tag)]


@pytest.fixture(scope="module")
def stored(warehouse: Warehouse) -> tuple[str, dict[str, Subject], dict[str, list[Subject]]]:
    """Store random spans; give the project, each span and each span's trace as a query sees them, by span id."""
    chance = _chance(7)
    project_id = ids.new("prj")
    traces = [ids.new_trace_id() for _ in range(12)]
    spans = [_span(chance, project_id, chance.choice(traces)) for _ in range(60)]
    rows.insert_spans(warehouse, spans)
    scores = [_score(chance, chance.choice(spans)) for _ in range(40)]
    telemetry.insert_scores(warehouse, scores)
    tags = [_tag(chance, chance.choice(spans)) for _ in range(25)]
    for tag in tags:
        annotations.write(warehouse, project_id, tag)
    subjects = {span.span_id: subject_of(span, _scores_of(span, scores), _tags_of(span, tags)) for span in spans}
    by_trace = defaultdict(list)
    for span in spans:
        by_trace[span.trace_id].append(subjects[span.span_id])
    return (
        project_id,
        subjects,
        {span.span_id: by_trace[span.trace_id] for span in spans},
    )


def _found(warehouse: Warehouse, project_id: str, expression: Expression) -> set[str]:
    where = condition.within(project_id, DURING, "started_at")
    matching = Matching(DURING)
    where.add(matching.sql(expression), **matching.values)
    sql = f"SELECT span_id FROM spans WHERE {where.sql}"  # noqa: S608 - what is tested
    return {row["span_id"] for row in warehouse.query(sql, where.values)}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(expression=expressions)
def test_warehouse_and_evaluator_agree(
    warehouse: Warehouse,
    stored: tuple[str, dict[str, Subject], dict[str, list[Subject]]],
    expression: Expression,
) -> None:
    project_id, spans, traces = stored
    expected = {span_id for span_id, span in spans.items() if fits(expression, span, traces[span_id])}
    assert _found(warehouse, project_id, expression) == expected, render(expression)


def test_every_field_has_a_column_and_a_value() -> None:
    names = {field.name for field in FIELDS if field.type is not Type.MAP}
    of_traces = {field.name for field in FIELDS if field.is_of_trace}
    assert {*COLUMNS, TAG} == names - of_traces
    assert set(OF_TRACES) == of_traces
    chance = _chance(1)
    given_values = [subject_of(_span(chance, "prj", "t")).values for _ in range(40)]
    assert set().union(*given_values) == names - of_traces


@pytest.mark.parametrize(
    "attack",
    [
        "' OR 1 = 1 --",
        "\\' OR 1 = 1 --",
        "') OR (1 = 1",
        "{project:String}",
        "\x00",
        "%",
        "_",
        "'; DROP TABLE spans; --",
        "\\N",
        "x' UNION ALL SELECT span_id FROM spans --",
    ],
)
@pytest.mark.parametrize(
    "form", ["user = {}", "user != {}", "user in ({}, {})", "user contains {}", "attributes[{}] = {}", "{}"]
)
def test_what_is_written_is_a_value_and_never_sql(
    warehouse: Warehouse,
    stored: tuple[str, dict[str, Subject], dict[str, list[Subject]]],
    attack: str,
    form: str,
) -> None:
    project_id, spans, _ = stored
    expression = parse(form.replace("{}", quote(attack)))
    harmless = parse(form.replace("{}", quote("harmless")))
    assert Matching(DURING).sql(expression) == Matching(DURING).sql(harmless)
    assert _found(warehouse, project_id, expression) == {key for key, span in spans.items() if fits(expression, span)}


def test_search_of_messages_reads_the_bare_column_so_that_its_index_serves() -> None:
    assert Matching(DURING).sql(parse("message contains 'Refund'")).startswith("(search_text LIKE {q0:String}")


def test_another_project_is_not_seen_through_a_nested_condition(
    warehouse: Warehouse, project: Project, stored: tuple[str, dict[str, Subject], dict[str, list[Subject]]]
) -> None:
    chance = _chance(3)
    theirs = next(iter(stored[1].values()))
    trace_id = str(theirs.values["trace.id"])
    ours = _span(chance, project.id, trace_id)
    rows.insert_spans(warehouse, [ours])
    assert _found(warehouse, project.id, parse(f"has span(span.id = {theirs.values['span.id']!r})")) == set()
    assert _found(warehouse, project.id, parse(f"has span(span.id = {ours.span_id!r})")) == {ours.span_id}


def test_expression_has_no_form_that_the_store_does_not_know() -> None:
    assert {form.__name__ for form in get_args(Expression)} == {
        *("All", "Some", "Not", "HasSpan", "InOrder", "Compare", "OneOf", "Exists"),
    }
