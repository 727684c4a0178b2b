import msgspec
import pytest

from trimtab.traces import conversation
from trimtab.traces.conversation import Message, Part, ToolCall


def _json(value: object) -> bytes:
    return msgspec.json.encode(value)


def test_text_parts_are_joined_and_others_are_named_without_their_data() -> None:
    content = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * 5000}},
        {"type": "image_url", "image_url": {"url": "https://example.org/cat.png"}},
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
        {"type": "file", "file": {"filename": "terms.pdf", "file_data": "AAAA"}},
    ]
    (message,) = conversation.read_input(_json([{"role": "user", "content": content}]))
    assert message.content == "What is this?"
    assert message.parts == [
        Part(type="image_url", label="image/png, 5,022 characters embedded"),
        Part(type="image_url", label="https://example.org/cat.png", url="https://example.org/cat.png"),
        Part(type="input_audio", label="wav"),
        Part(type="file", label="terms.pdf"),
    ]


def test_tool_calls_and_their_results_are_kept_together_by_id() -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Oslo"}'}}
    asked, answered = conversation.read_input(
        _json(
            [
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {"role": "tool", "tool_call_id": "call_1", "content": "4 degrees"},
            ]
        )
    )
    assert asked.tool_calls == [ToolCall(id="call_1", name="weather", arguments='{"city":"Oslo"}')]
    assert (answered.role, answered.tool_call_id, answered.content) == ("tool", "call_1", "4 degrees")
    assert conversation.preview(asked) == 'weather({"city":"Oslo"})'


def test_every_choice_is_one_message_with_its_reason() -> None:
    choices = [
        {"message": {"role": "assistant", "content": "One"}, "finish_reason": "stop"},
        {
            "message": {"role": "assistant", "content": None, "refusal": "I will not."},
            "finish_reason": "content_filter",
        },
    ]
    assert conversation.read_output(_json(choices)) == [
        Message(role="assistant", content="One", finish_reason="stop"),
        Message(role="assistant", content="I will not.", finish_reason="content_filter"),
    ]


@pytest.mark.parametrize(
    ("raw", "content"),
    [
        (b'"just text"', ["just text"]),
        (b'["first", "second"]', ["first", "second"]),
        (b"not json \xff", ["not json \ufffd"]),
        (b'[{"unexpected": 1}]', ['{"unexpected":1}']),
        (b'[{"role": "user", "content": {"odd": true}}]', ['{"odd":true}']),
        (b"[17]", ["17"]),
        (b"", []),
        (b"null", ["null"]),
    ],
)
def test_whatever_was_sent_is_shown_as_well_as_it_can_be(raw: bytes, content: list[str]) -> None:
    assert [message.content for message in conversation.read_input(raw)] == content


def test_preview_is_one_line_of_bounded_length() -> None:
    text = conversation.preview(Message(role="user", content="word\n\n" * 500))
    assert "\n" not in text
    assert len(text) == conversation.PREVIEW_CHARACTERS
    assert text.endswith("…")
    assert conversation.preview(None) == ""


def test_preview_of_a_conversation_is_the_newest_thing_the_user_said() -> None:
    messages = [Message(role="user", content="old"), Message(role="user", content="new"), Message(role="tool")]
    assert conversation.last_user(messages) == messages[1]
    assert conversation.last_user(messages[2:]) == messages[2]
    assert conversation.last_user([]) is None


def test_search_sees_the_answer_then_the_newest_messages_and_is_bounded() -> None:
    old, new = Message(role="user", content="OLD" * 40_000), Message(role="user", content="Straße ÉTÉ")
    text = conversation.searchable([old, new], [Message(role="assistant", content="Answer")])
    assert text.startswith("answer\nstraße été\noldold")
    assert len(text) <= conversation.SEARCHABLE_CHARACTERS


def test_medium_that_lies_apart_is_named_by_its_id() -> None:
    raw = msgspec.json.encode(
        [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Look"},
                    {
                        "type": "blob_ref",
                        "modality": "image",
                        "media_id": "m1",
                        "mime_type": "image/png",
                        "bytes": 1234,
                    },
                ],
            }
        ]
    )
    (message,) = conversation.read_input(raw)
    assert message.content == "Look"
    (part,) = message.parts
    assert (part.type, part.media_id, part.mime_type) == ("image", "m1", "image/png")
    assert part.label == "image/png, 1,234 bytes"


@pytest.mark.parametrize(
    "item",
    [
        {"type": "reasoning", "content": "Let me see"},
        {"type": "thinking", "thinking": "Let me see", "signature": "x"},
    ],
)
@pytest.mark.parametrize("name", ["parts", "content"])
def test_thought_keeps_what_it_says_apart_from_the_answer(item: dict[str, str], name: str) -> None:
    said = {"type": "text", "content": "Yes.", "text": "Yes."}
    (message,) = conversation.read_output(msgspec.json.encode([{"role": "assistant", name: [item, said]}]))
    assert message.content == "Yes."
    assert [(part.type, part.text) for part in message.parts] == [("reasoning", "Let me see")]
