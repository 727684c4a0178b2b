"""Events of Langfuse's older API, as its clients send them."""

import base64
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.traces.application import Application

_START = datetime.now(UTC) - timedelta(hours=2)


def at(seconds: float) -> str:
    return (_START + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def event(kind: str, seconds: float, **body: Any) -> dict[str, Any]:
    return {"id": str(uuid.uuid4()), "type": kind, "timestamp": at(seconds), "body": body}


def basic(app: Application) -> dict[str, str]:
    return {"authorization": f"Basic {base64.b64encode(f'pk-lf-x:{app.key}'.encode()).decode()}"}


def send(app: Application, *events: Any) -> dict[str, Any]:
    answer = app.running.anonymous().post(
        "/api/public/ingestion", json={"batch": list(events), "metadata": {}}, headers=basic(app)
    )
    assert answer.status_code == 207, answer.text
    found: dict[str, Any] = answer.json()
    return found


def taken(app: Application, *events: Any) -> None:
    answer = send(app, *events)
    assert answer["errors"] == []
    assert {each["id"] for each in answer["successes"]} == {each["id"] for each in events}
    assert all(each["status"] == 201 for each in answer["successes"])
