"""Tokens of audio and images are buckets of their own, and what of them was cached is counted as cached alone."""

from typing import Any

import pytest
from tests.traces.application import Application, eventually
from tests.traces.payload import accepted, chat, span


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (
            {
                "gen_ai.usage.input_tokens": 1000,
                "gen_ai.usage.audio.input_tokens": 300,
                "gen_ai.usage.image.input_tokens": 200,
                "gen_ai.usage.cache_read.input_tokens": 250,
                "gen_ai.usage.audio.cache_read.input_tokens": 100,
                "gen_ai.usage.image.cache_read.input_tokens": 50,
                "gen_ai.usage.output_tokens": 90,
                "gen_ai.usage.audio.output_tokens": 40,
            },
            # 1000 = 400 text + 200 audio + 150 images + 250 cached; the cached hold 100 of audio and 50 of images
            {
                "input_uncached": 400,
                "cache_read": 250,
                "input_audio": 200,
                "input_image": 150,
                "output_text": 50,
                "output_audio": 40,
            },
        ),
        (
            {
                "gen_ai.usage.text.input_tokens": 70,
                "gen_ai.usage.audio.input_tokens": 30,
                "gen_ai.usage.text.output_tokens": 20,
            },
            {"input_uncached": 70, "input_audio": 30, "output_text": 20},
        ),
    ],
    ids=["with-totals", "without-totals"],
)
def test_modalities(app: Application, said: dict[str, Any], expected: dict[str, int]) -> None:
    base = {name: value for name, value in chat().items() if not name.startswith("gen_ai.usage.")}
    sent = span("chat", base | said)
    accepted(app, sent)
    found = eventually(lambda: app.get("/traces", q=sent["traceId"])["items"]) and app.spans(sent["traceId"])["chat"]
    assert {bucket: count for bucket, count in found["usage"].items() if count} == expected
