"""An application with version 2 of Langfuse's client: low-level calls, the decorator, scores and media."""

import base64

from langfuse import Langfuse
from langfuse.decorators import langfuse_context, observe
from langfuse.media import LangfuseMedia

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"

langfuse = Langfuse()
assert langfuse.auth_check()

trace = langfuse.trace(
    name="chat",
    user_id="first",
    session_id="s1",
    tags=["a", "b"],
    metadata={"k": 1},
    release="r1",
    version="v1",
    input={"q": "hi"},
    public=True,
)
span = trace.span(name="retrieve", input="Oslo", metadata={"x": 2})
call = span.generation(
    name="llm",
    model="gpt-4o",
    model_parameters={"temperature": 0.1},
    input=[{"role": "user", "content": "Where is Oslo?"}],
)
call.end(output="In Norway.", usage={"input": 100, "output": 20, "unit": "TOKENS"})
cached = trace.generation(
    name="cached",
    model="gpt-4o",
    input="x",
    output="y",
    usage_details={"input": 60, "cache_read_input_tokens": 40, "output": 20},
    level="WARNING",
    status_message="slow",
)
cached.end()
trace.event(name="clicked", input=1)
span.end(output="docs")
span.update(level="ERROR", status_message="boom")
trace.score(name="nps", value=9)
trace.score(name="tone", value="kind", data_type="CATEGORICAL", comment="so")
call.score(name="right", value=1, data_type="BOOLEAN")
picture = LangfuseMedia(content_bytes=PNG, content_type="image/png")
trace.update(output="In Norway.", user_id="second", metadata={"picture": picture})


@observe()
def look_up(place: str) -> str:
    return f"{place} is in Norway."


@observe(as_type="generation")
def answer(place: str) -> str:
    langfuse_context.update_current_observation(
        model="gpt-4o", usage={"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}
    )
    langfuse_context.update_current_trace(user_id="decorated", tags=["decorator"])
    langfuse_context.score_current_trace(name="sure", value=0.5)
    return look_up(place)


answer("Oslo")
langfuse_context.flush()
langfuse.flush()
read = langfuse.fetch_trace(trace.id).data
assert (read.name, read.user_id, read.session_id, read.tags) == ("chat", "second", "s1", ["a", "b"]), read
assert sorted(each.name for each in read.observations) == ["cached", "clicked", "llm", "retrieve"], read.observations
assert {score.name: score.value for score in read.scores} == {"nps": 9, "tone": 0, "right": 1}, read.scores
assert [each.name for each in langfuse.fetch_traces(session_id="s1").data] == ["chat"]
calls = langfuse.fetch_observations(type="GENERATION", trace_id=trace.id).data
assert {each.id for each in calls} == {call.id, cached.id}
assert langfuse.fetch_observation(call.id).data.usage.input == 100
kept = read.metadata["picture"]
restored = LangfuseMedia.resolve_media_references(obj=kept, langfuse_client=langfuse, resolve_with="base64_data_uri")
assert restored == f"data:image/png;base64,{base64.b64encode(PNG).decode()}", restored
print(trace.id)
print(trace.get_trace_url())
langfuse.shutdown()
