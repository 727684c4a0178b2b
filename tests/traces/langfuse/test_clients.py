"""Langfuse's own Python clients, unmodified: an old major version and the present one."""

from decimal import Decimal

from tests.traces.application import Application, eventually
from tests.traces.langfuse.conftest import Client

from trimtab.traces import named_ids as ids
from trimtab.traces.medium import id_of

# gpt-4o: 100 x 2.5 + 20 x 10 = 450; 60 x 2.5 + 40 x 1.25 + 20 x 10 = 400
_PLAIN, _CACHED = Decimal("0.00045"), Decimal("0.0004")
_PNG = b"\x89PNG\r\n\x1a\n"


def test_version_2_reports_traces_scores_and_media(app: Application, old_client: Client) -> None:
    name, url = old_client(app, "old_client.py").split()
    assert url == f"{app.address}/trace/{name}"
    eventually(lambda: len(app.traces()) == 2)
    listed = {row["name"]: row for row in app.traces()}
    assert listed.keys() == {"chat", "answer"}
    chat = listed["chat"]
    assert chat["trace_id"] == ids.trace_id(name)
    assert (chat["user_id"], chat["session_id"], chat["span_count"]) == ("second", "s1", 5)
    assert Decimal(chat["cost_usd"]) == _PLAIN + _CACHED
    assert (chat["input_preview"], chat["output_preview"]) == ('{"q":"hi"}', "In Norway.")
    spans = app.spans(chat["trace_id"])
    assert (spans["retrieve"]["status"], spans["retrieve"]["status_message"]) == ("error", "boom")
    assert spans["llm"]["parent_span_id"] == spans["retrieve"]["span_id"]
    assert {bucket: count for bucket, count in spans["cached"]["usage"].items() if count} == {
        "input_uncached": 60,
        "cache_read": 40,
        "output_text": 20,
    }
    scores = app.get("/scores", trace_id=chat["trace_id"])["items"]
    assert {score["name"]: (score["kind"], score["value"], score["label"]) for score in scores} == {
        "nps": ("numeric", 9, ""),
        "tone": ("categorical", None, "kind"),
        "right": ("boolean", 1, "true"),
    }
    assert {score["span_id"] for score in scores} == {"", spans["llm"]["span_id"]}
    media = app.reader.get(f"/api/v1/projects/{app.project_id}/media/{id_of(_PNG + b'pixels')}")
    assert (media.content, media.headers["content-type"]) == (_PNG + b"pixels", "image/png")
    answer = listed["answer"]
    assert (answer["user_id"], Decimal(answer["cost_usd"]), answer["span_count"]) == ("decorated", _PLAIN, 3)


def test_version_5_reports_spans_scores_and_media(app: Application, present_client: Client) -> None:
    trace_id, url = present_client(app, "present_client.py").split()
    assert url == f"{app.address}/project/{app.project_id}/traces/{trace_id}"
    (listed,) = eventually(app.traces)
    assert (listed["user_id"], listed["session_id"], listed["feature"]) == ("u5", "s5", "guide")
    assert Decimal(listed["cost_usd"]) == _CACHED
    call = app.spans(trace_id)["llm"]
    scores = app.get("/scores", trace_id=trace_id, span_id=call["span_id"])["items"]
    assert [(score["name"], score["value"], score["environment"]) for score in scores] == [("right", 0.5, "production")]
    media = app.reader.get(f"/api/v1/projects/{app.project_id}/media/{id_of(_PNG + b'other pixels')}")
    assert media.content == _PNG + b"other pixels"
