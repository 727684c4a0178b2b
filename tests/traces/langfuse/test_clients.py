"""Langfuse's own Python clients, unmodified: an old major version and the present one."""

from decimal import Decimal

from tests.traces.application import Application, eventually
from tests.traces.langfuse.conftest import Client

# gpt-4o: 100 x 2.5 + 20 x 10 = 450; 60 x 2.5 + 40 x 1.25 + 20 x 10 = 400
_PLAIN, _CACHED = Decimal("0.00045"), Decimal("0.0004")


def test_version_2_reports_traces_scores_and_media(app: Application, old_client: Client) -> None:
    name, url = old_client(app, "old_client.py").split()
    assert url == f"{app.address}/trace/{name}"
    eventually(lambda: len(app.traces()) == 2)
    listed = {row["name"]: row for row in app.traces()}
    assert listed.keys() == {"chat", "answer"}
    chat = listed["chat"]
    assert (chat["user_id"], chat["session_id"], chat["span_count"]) == ("second", "s1", 5)
    assert Decimal(chat["cost_usd"]) == _PLAIN + _CACHED
    assert (chat["input_preview"], chat["output_preview"]) == ('{"q":"hi"}', "In Norway.")
