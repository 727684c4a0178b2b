"""Templates render what they say, refuse what they cannot, and do a bounded amount of work whatever they say."""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trimtab.base.errors import InvalidTemplate
from trimtab.gateway.snapshot import Message
from trimtab.prompts import template
from trimtab.prompts.variable import Variable

MOST_SECONDS = 3.0


def rendered(text: str, /, **values: object) -> str:
    variables = [Variable(name=name, type=type_of(value)) for name, value in values.items()]
    return template.compile([Message(role="user", template=text)], variables).render(values)[0]["content"]


def type_of(value: object) -> str:
    names = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
    return names[type(value)]


def refused(text: str, /, **values: object) -> InvalidTemplate:
    with pytest.raises(InvalidTemplate) as caught:
        rendered(text, **values)
    return caught.value


def test_every_message_is_rendered_with_its_role() -> None:
    messages = [
        Message(role="system", template="Answer in {{ language }}.\n"),
        Message(role="user", template="{{ question }}"),
    ]
    compiled = template.compile(messages, [Variable(name="language"), Variable(name="question")])
    assert compiled.render({"language": "French", "question": "<Why?>"}) == [
        {"role": "system", "content": "Answer in French.\n"},
        {"role": "user", "content": "<Why?>"},
    ]


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("{% if a %}yes{% else %}no{% endif %}", {"a": False}, "no"),
        ("{% for x in a %}{{ loop.index }}:{{ x }} {% endfor %}", {"a": ["p", "q"]}, "1:p 2:q "),
        ("{% for k, v in a|items %}{{ k }}={{ v }};{% endfor %}", {"a": {"x": 1, "y": 2}}, "x=1;y=2;"),
        ("{% set first = a[0] %}{{ first.name | upper }}", {"a": [{"name": "ada"}]}, "ADA"),
        ("{% for x in a|default(['en', 'fr']) %}{{ x }}{% endfor %}", {"a": ["de"]}, "de"),
        ("{% for i in range(1, n) %}{{ i }}{% endfor %}", {"n": 4}, "123"),
        ("{% raw %}{{ a }} {% include %}{% endraw %}{# {{ b }} #}", {}, "{{ a }} {% include %}"),
        ("{{ a }}", {"a": {"tags": ["<b>", None, True]}}, '{"tags": ["<b>", null, true]}'),
        ("{{ a | tojson }}", {"a": "é<'>"}, '"é<\'>"'),
        ("{{ {'k': a}['k'] }}", {"a": "v"}, "v"),
        ("{{ '}} {% }' ~ a }}", {"a": "v"}, "}} {% }v"),
        ("{{- a -}} x", {"a": "v"}, "vx"),
    ],
)
def test_the_language_has_what_a_prompt_needs(text: str, values: dict[str, Any], expected: str) -> None:
    assert rendered(text, **values) == expected


def test_an_optional_variable_without_a_value_prints_nothing_and_counts_as_false() -> None:
    variables = [Variable(name="a", type="integer", required=False)]
    compiled = template.compile([Message(role="user", template="[{{ a }}]{% if a %}yes{% endif %}")], variables)
    assert compiled.render({})[0]["content"] == "[]"


def test_a_default_stands_in_for_a_missing_value() -> None:
    compiled = template.compile(
        [Message(role="user", template="{{ a + 1 }}")], [Variable(name="a", type="integer", default=b"41")]
    )
    assert compiled.render({})[0]["content"] == "42"


def test_an_undeclared_variable_is_named_with_its_message_its_line_and_near_names() -> None:
    messages = [Message(role="system", template="x"), Message(role="user", template="a\nb {{ langage }}")]
    with pytest.raises(InvalidTemplate) as caught:
        template.compile(messages, [Variable(name="language")])
    assert caught.value.message.startswith("message 2 (user), line 2: variable 'langage' is not declared")
    assert caught.value.hint == "Did you mean 'language'?"


def test_a_declared_variable_that_nothing_uses_is_a_warning() -> None:
    compiled = template.compile([Message(role="user", template="x")], [Variable(name="spare")])
    assert compiled.warnings == ["variable 'spare' is declared but no message uses it"]


@pytest.mark.parametrize(
    "text",
    [
        "a\n{{ a ",
        "a\n{% if a %}",
        "a\n{% unknown %}",
        "a\n{{ a | nofilter }}",
        "a\n{{ a.b.c }}",
        "a\n{{ nothing() }}",
        "a\n{% include 'x' %}",
        "a\n{% macro m() %}{% endmacro %}",
        "a\n{% for x in a recursive %}{% endfor %}",
        "a\n{% set x %}{{ a }}{% endset %}",
        "a\n{{ a.append(1) }}",
        "a\n{{ (a.append)(1) }}",
        "a\n{{ a['append'](1) }}",
        "a\n{{ a * 1000 }}",
        "a\n{% set f = range %}{{ f(3) }}",
    ],
)
def test_what_a_template_may_not_say_is_refused_with_its_line(text: str) -> None:
    assert "line 2" in refused(text, a=["x"]).message


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("integer", "3", "3"),
        ("integer", " -7 ", "-7"),
        ("number", "2.5", "2.5"),
        ("number", 2, "2"),
        ("boolean", "TRUE", "True"),
        ("array", "[1, 2]", "[1, 2]"),
        ("object", '{"a": 1}', '{"a": 1}'),
        ("string", "3", "3"),
    ],
)
def test_a_string_stands_for_the_declared_type(kind: str, value: object, expected: str) -> None:
    compiled = template.compile([Message(role="user", template="{{ v }}")], [Variable(name="v", type=kind)])
    assert compiled.render({"v": value})[0]["content"] == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("integer", "3.0"),
        ("integer", True),
        ("integer", 2**70),
        ("integer", "9" * 30),
        ("number", "nan"),
        ("number", float("inf")),
        ("boolean", 1),
        ("boolean", "yes"),
        ("array", "{}"),
        ("array", "[" * 100_000),
        ("object", {"a": object()}),
        ("object", {1: 2}),
        ("string", 3),
        ("string", None),
        ("string", "\ud800"),
        ("array", [[[[[[[["x"] * 60_000]]]]]]]),
        ("string", "x" * 2_000_001),
    ],
)
def test_a_value_of_the_wrong_type_or_size_is_refused(kind: str, value: object) -> None:
    compiled = template.compile([Message(role="user", template="{{ v }}")], [Variable(name="v", type=kind)])
    with pytest.raises(InvalidTemplate):
        compiled.render({"v": value})


def test_missing_and_unknown_values_are_named() -> None:
    compiled = template.compile([Message(role="user", template="{{ question }}")], [Variable(name="question")])
    with pytest.raises(InvalidTemplate, match="no value for the required variable question") as missing:
        compiled.render({})
    with pytest.raises(InvalidTemplate, match="there is no variable 'qestion'; declared: question") as unknown:
        compiled.render({"question": "x", "qestion": "y"})
    assert (missing.value.exact_code, unknown.value.exact_code) == ("missing_variable", "unknown_variable")
    assert unknown.value.hint == "Did you mean 'question'?"


@pytest.mark.parametrize(
    ("variables", "problem"),
    [
        ([Variable(name="1a")], "cannot name a variable"),
        ([Variable(name="loop")], "cannot name a variable"),
        ([Variable(name="a"), Variable(name="a")], "declared twice"),
        ([Variable(name="a", type="text")], "known types"),
        ([Variable(name="a", type="integer", default=b'"x"')], "takes an integer"),
        ([Variable(name="a", default=b"{")], "not JSON"),
        ([Variable(name=name, default=b'"%s"' % (b"x" * 250_000)) for name in "ab"], "at most 400000"),
        ([Variable(name=f"a{number}") for number in range(201)], "at most 200"),
    ],
)
def test_declarations_that_cannot_be_used_are_refused(variables: list[Variable], problem: str) -> None:
    with pytest.raises(InvalidTemplate, match=problem):
        template.compile([Message(role="user", template="x")], variables)


def test_an_unknown_role_and_no_message_are_refused() -> None:
    with pytest.raises(InvalidTemplate, match="role 'usr'"):
        template.compile([Message(role="usr", template="x")], [])
    with pytest.raises(InvalidTemplate, match="no message"):
        template.compile([], [])


BOMBS: dict[str, str] = {
    "nested loops": "{% for i in range(9999) %}{% for j in range(9999) %}{% for k in range(9999) %}x"
    + "{% endfor %}" * 3,
    "a huge range": "{{ range(99999) }}" * 900,
    "a huge range as JSON": "{% for i in range(9999) %}{% if range(99999)|tojson %}{% endif %}{% endfor %}",
    "doubling by set": "{% set x = s %}" + "{% set x = x ~ x %}" * 60 + "{{ x }}",
    "doubling by namespace": "{% set n = namespace(x=s) %}{% for i in range(9) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
    "doubling lists": "{% set x = [s, s] %}" + "{% set x = [x, x] %}" * 60 + "{{ x }}",
    "doubling tuples": "{% set x = (s, s) %}" + "{% set x = (x, x) %}" * 60 + "{{ x == x }}{{ x }}",
    "doubling bare tuples": "{% set x = s, s %}" + "{% set x = x, x %}" * 60 + "{{ x }}",
    "doubling maps": "{% set x = {'a': s} %}" + "{% set x = {'a': x, 'b': x} %}" * 60 + "{{ x|tojson }}",
    "doubling in loops": "{% for x in [[s, s]] %}" + "{% for x in [[x, x]] %}" * 60 + "{{ x }}" + "{% endfor %}" * 61,
    "doubling by addition": "{% set x = a %}" + "{% set x = x + x %}" * 60 + "{{ x }}",
    "doubling by zip": "{% set x = a|zip(a) %}" + "{% set x = x|zip(x) %}" * 60 + "{{ x|list }}",
    "doubling by chain": "{% set x = a|chain(a) %}" + "{% set x = x|chain(x) %}" * 60 + "{{ x|list }}",
    "repetition": "{{ a * 9999999999 }}",
    "repetition of text": "{{ 'x' * 9999999999 }}",
    "squaring by replace": "{{ s" + "|replace('x', s)" * 40 + " }}",
    "joining": "{{ range(99999)|join(s) }}" * 50,
    "padding": "{{ s|indent(99999999999) }}{{ '%99999999s'|format(s) }}",
    "long output": "{% for i in range(99999) %}{{ s }}{% endfor %}",
    "long text in a loop": "{% for i in range(99999) %}" + "y" * 300_000 + "{% endfor %}",
    "comparisons": "{% for i in range(99999) %}{% if s == t or a == b %}{% endif %}{% endfor %}",
    "deep brackets": "{{ " + "(" * 9_000 + "1" + ")" * 9_000 + " }}",
    "deep minus": "{{ " + "-" * 90_000 + "1 }}",
    "deep not": "{{ " + "not " * 90_000 + "1 }}",
    "long sums": "{{ 1" + "+1" * 90_000 + " }}",
    "long elif": "{% if 0 %}" + "{% elif 0 %}" * 30_000 + "{% endif %}",
    "deep if": "{% if 1 %}" * 30_000 + "{% endif %}" * 30_000,
    "big powers": "{{ 9 ** 9 ** 9 ** 9 }}",
}


def with_small_stack(work: Callable[[], None]) -> None:
    """Run on a thread with half a megabyte of stack: less than any worker has, so a deep recursion dies here first."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - handed to the test
            failures.append(error)

    before = threading.stack_size(512 * 1024)
    try:
        thread = threading.Thread(target=run)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()
    if failures:
        raise failures[0]


@pytest.mark.parametrize("name", BOMBS)
def test_a_template_bomb_is_refused_in_bounded_time(name: str) -> None:
    values = {"s": "x" * 100_000, "t": "x" * 99_999 + "y", "a": list(range(10_000)), "b": list(range(10_000))}

    def explode() -> None:
        refused(BOMBS[name], **values)

    began = time.monotonic()
    with_small_stack(explode)
    assert time.monotonic() - began < MOST_SECONDS


_VOCABULARY = (
    "{{ }} {% %} {# #} - + ~ * [ ] ( ) { } , : = == . | ' \" \\ v w x 1 99999 's' é \x00 text "
    "for in if else elif endif endfor set raw endraw not is macro call filter include block with loop range "
    "tojson join replace default map items defined"
)
_FRAGMENTS = st.sampled_from(_VOCABULARY.split())
_TEXTS = (
    st.lists(_FRAGMENTS, max_size=60).map(" ".join)
    | st.lists(_FRAGMENTS, max_size=60).map("".join)
    | st.text(max_size=200)
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
    max_leaves=20,
)


@given(text=_TEXTS, v=_JSON, w=st.text())
@settings(max_examples=400, deadline=None)
def test_whatever_a_template_says_it_renders_or_raises_invalid_template(text: str, v: object, w: object) -> None:
    variables = [Variable(name="v", type="object"), Variable(name="w"), Variable(name="x", required=False)]

    def try_it() -> None:
        try:
            compiled = template.compile([Message(role="user", template=text)], variables)
            content = compiled.render({"v": {"a": v}, "w": w})[0]["content"]
        except InvalidTemplate:
            return
        assert isinstance(content, str)

    with_small_stack(try_it)


@given(value=_JSON)
@settings(max_examples=200, deadline=None)
def test_whatever_the_value_it_renders_as_its_json_or_raises_invalid_template(value: object) -> None:
    compiled = template.compile([Message(role="user", template="{{ v|tojson }}")], [Variable(name="v", type="array")])
    try:
        content = compiled.render({"v": [value]})[0]["content"]
    except InvalidTemplate:
        return
    assert json.loads(content) == [value]


def test_rendering_a_small_template_takes_microseconds() -> None:
    messages = [Message(role="system", template="Answer in {{ a }}."), Message(role="user", template="{{ b }} {{ c }}")]
    compiled = template.compile(messages, [Variable(name=name) for name in "abc"])
    best = 1.0
    for _ in range(20):
        began = time.perf_counter()
        for _ in range(100):
            compiled.render({"a": "x", "b": "y", "c": "z"})
        best = min(best, (time.perf_counter() - began) / 100)
    assert best < 0.000_2
