"""What changed between two versions."""

from hypothesis import given
from hypothesis import strategies as st

from trimtab.prompts.diff import Line, compare
from trimtab.prompts.variable import Variable
from trimtab.prompts.version import Content, Kind, Message


def content(*messages: tuple[str, str], variables: tuple[Variable, ...] = ()) -> Content:
    return Content(
        kind=Kind.CHAT,
        messages=tuple(Message(role=role, template=text) for role, text in messages),
        variables=variables,
    )


def test_a_message_put_in_front_is_the_only_one_that_changed() -> None:
    before = content(("user", "a"), ("assistant", "b"))
    after = content(("system", "s"), ("user", "a"), ("assistant", "b"))
    diff = compare(before, after)
    assert [(each.change, each.role_from, each.role_to) for each in diff.messages] == [
        ("added", None, "system"),
        ("same", "user", "user"),
        ("same", "assistant", "assistant"),
    ]


def test_another_role_is_a_change() -> None:
    (message,) = compare(content(("system", "a")), content(("developer", "a"))).messages
    assert (message.change, message.role_from, message.role_to) == ("changed", "system", "developer")
    assert [line.op for line in message.lines] == ["same"]


def test_an_edited_line_marks_its_words() -> None:
    (message,) = compare(content(("user", "say it in one line")), content(("user", "say it in two lines"))).messages
    removed, added = message.lines
    assert [(word.op, word.text) for word in removed.words] == [
        ("same", "say it in "),
        ("removed", "one"),
        ("same", " "),
        ("removed", "line"),
    ]
    assert [word.text for word in added.words if word.op == "added"] == ["two", "lines"]


def test_lines_that_have_little_in_common_are_replaced_whole() -> None:
    (message,) = compare(content(("user", "alpha beta")), content(("user", "gamma, delta; epsilon"))).messages
    assert [[word.op for word in line.words] for line in message.lines] == [["removed"], ["added"]]


def test_variables_are_added_removed_and_changed() -> None:
    before = content(("user", "x"), variables=(Variable(name="a"), Variable(name="b"), Variable(name="c")))
    after = content(
        ("user", "x"), variables=(Variable(name="b"), Variable(name="c", type="integer"), Variable(name="d"))
    )
    changes = [(each.name, each.change) for each in compare(before, after).variables]
    assert changes == [("a", "removed"), ("c", "changed"), ("d", "added")]


_TEXT = st.text(alphabet="ab \n.", max_size=60)
_CONTENT = st.lists(st.tuples(st.sampled_from(["user", "system"]), _TEXT), min_size=1, max_size=5).map(
    lambda messages: content(*messages)
)


def side(lines: list[Line], dropped: str) -> str:
    return "\n".join(line.text for line in lines if line.op != dropped)


@given(before=_CONTENT, after=_CONTENT)
def test_both_versions_can_be_read_off_the_comparison(before: Content, after: Content) -> None:
    diff = compare(before, after)
    old = [(each.role_from, side(each.lines, "added")) for each in diff.messages if each.role_from is not None]
    new = [(each.role_to, side(each.lines, "removed")) for each in diff.messages if each.role_to is not None]
    assert old == [(message.role, message.template) for message in before.messages]
    assert new == [(message.role, message.template) for message in after.messages]
    for message in diff.messages:
        for line in message.lines:
            assert "".join(word.text for word in line.words) == line.text
            assert {word.op for word in line.words} <= {"same", line.op}
