"""An application with version 5 of Langfuse's client: spans, scores and media, and reading them again."""

import time

from langfuse import get_client, propagate_attributes
from langfuse.media import LangfuseMedia

PNG = b"\x89PNG\r\n\x1a\n" + b"other pixels"

langfuse = get_client()
assert langfuse.auth_check()
picture = LangfuseMedia(content_bytes=PNG, content_type="image/png")

with (
    propagate_attributes(user_id="u5", session_id="s5", tags=["new"], trace_name="guide"),
    langfuse.start_as_current_observation(name="root", as_type="span", input={"question": "Where is Oslo?"}) as root,
):
    question = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": picture}}]}]
    with langfuse.start_as_current_observation(
        name="llm",
        as_type="generation",
        model="gpt-4o",
        input=question,
        usage_details={"input": 60, "cache_read_input_tokens": 40, "output": 20},
    ) as call:
        call.update(output="In Norway.")
        call.score(name="right", value=0.5)
    root.score_trace(name="good", value=True, data_type="BOOLEAN")
langfuse.create_score(
    name="tone", value="kind", data_type="CATEGORICAL", trace_id=root.trace_id, comment="so", score_id="mine"
)
langfuse.create_score(name="long", value="Too long.", data_type="TEXT", trace_id=root.trace_id)
langfuse.create_score(name="happy", value=1, session_id="s5")
langfuse.flush()

found = []
deadline = time.monotonic() + 20
while len(found) < 2:
    assert time.monotonic() < deadline, found
    found = langfuse.api.observations.get_many(trace_id=root.trace_id).data
assert {each.name for each in found} == {"root", "llm"}, found
scores = langfuse.api.scores.get_many(trace_id=root.trace_id, fields="subject,details").data
assert {score.name: score.value for score in scores} == {
    "right": 0.5,
    "good": True,
    "tone": "kind",
    "long": "Too long.",
}, scores
assert {score.subject.kind for score in scores} == {"trace", "observation"}
assert [score.name for score in langfuse.api.scores.get_many(session_id="s5").data] == ["happy"]
langfuse.api.scores.delete("mine")
assert "tone" not in {score.name for score in langfuse.api.scores.get_many(trace_id=root.trace_id).data}
print(root.trace_id)
print(langfuse.get_trace_url(trace_id=root.trace_id))
langfuse.shutdown()
