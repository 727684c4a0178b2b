"""Scores: their kinds, what they are about, one score under one id, and taking them back."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.conftest import Running
from tests.traces.application import Application, application

from trimtab.base import ids
from trimtab.base.errors import Forbidden, InvalidInput, NotFound
from trimtab.identity.access import ProjectAccess, system
from trimtab.traces.score import Judged, Kind, NewScore, Source, checked
from trimtab.traces.scores import Asked, ScoreService
from trimtab.traces.store.scores import ScoreFilter

_ABOUT = Judged(trace_id="1" * 32, span_id="2" * 16)
_HELPFUL = NewScore(name="helpful", kind=Kind.NUMERIC, about=_ABOUT, value=0.5)


@pytest.fixture
def app(shared_running: Running) -> Iterator[Application]:
    with application(shared_running, "") as made:
        yield made


@pytest.fixture
def access(app: Application) -> ProjectAccess:
    services = app.running.services
    return services.projects.enter(services.auth.by_key(app.key), app.project_id)


@pytest.fixture
def editor(access: ProjectAccess) -> ProjectAccess:
    return ProjectAccess(access.project, system(access.project.organisation_id))


@pytest.fixture
def scores(shared_running: Running) -> ScoreService:
    return shared_running.services.scores


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"kind": Kind.NUMERIC, "value": 0.25}, (0.25, "", "")),
        ({"kind": Kind.CATEGORICAL, "value": None, "label": "wrong"}, (None, "wrong", "")),
        ({"kind": Kind.BOOLEAN, "value": 1}, (1.0, "true", "")),
        ({"kind": Kind.BOOLEAN, "value": 0}, (0.0, "false", "")),
        ({"kind": Kind.TEXT, "value": None, "text": "Too long."}, (None, "", "Too long.")),
        ({"kind": Kind.CORRECTION, "value": None, "text": "In Norway."}, (None, "", "In Norway.")),
    ],
)
def test_each_kind_keeps_what_it_says(
    scores: ScoreService, access: ProjectAccess, said: dict[str, Any], kept: tuple[Any, ...]
) -> None:
    made = scores.record(access, replace(_HELPFUL, **said, comment="so", metadata={"by": ["a", 1]}))
    assert (made.value, made.label, made.text) == kept
    read = scores.get(access, made.id)
    assert replace(read, updated_at=made.updated_at) == made
    assert (read.comment, read.metadata, read.environment) == ("so", {"by": ["a", 1]}, "production")


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"value": None}, "finite number as value, found None"),
        ({"value": float("nan")}, "finite number"),
        ({"kind": Kind.BOOLEAN, "value": 2}, "needs 0 or 1 as value, found 2"),
        ({"kind": Kind.CATEGORICAL}, "needs a label"),
        ({"kind": Kind.CORRECTION}, "'correction' needs a text"),
        ({"name": " "}, "needs a name"),
        ({"about": Judged(span_id="2" * 16)}, "found neither"),
        ({"comment": "x" * 10_001}, "10000 characters, found 10001"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(said: dict[str, Any], complaint: str) -> None:
    with pytest.raises(InvalidInput, match=complaint):
        checked(replace(_HELPFUL, **said))


def test_one_that_cannot_be_kept_keeps_the_others_out(scores: ScoreService, access: ProjectAccess) -> None:
    with pytest.raises(InvalidInput):
        scores.record_all(access, [_HELPFUL, replace(_HELPFUL, value=None)])
    assert scores.of_trace(access, _ABOUT.trace_id) == []


def test_the_same_id_again_replaces_it_whatever_its_time(scores: ScoreService, access: ProjectAccess) -> None:
    first = scores.record(access, replace(_HELPFUL, id="mine"))
    yesterday = first.at - timedelta(days=1)
    scores.record(access, replace(_HELPFUL, id="mine", value=0.75, at=yesterday))
    (only,) = scores.of_span(access, _ABOUT.trace_id, _ABOUT.span_id)
    assert (only.id, only.value, only.at) == ("mine", 0.75, first.at)


def test_a_score_that_was_deleted_is_gone_until_it_is_given_again(
    scores: ScoreService, access: ProjectAccess, editor: ProjectAccess
) -> None:
    scores.record(access, replace(_HELPFUL, id="mine"))
    scores.delete(editor, "mine")
    assert scores.of_trace(access, _ABOUT.trace_id) == []
    for use in (scores.get, scores.delete, scores.take_back):
        with pytest.raises(NotFound, match="no score 'mine'"):
            use(editor, "mine")
    scores.record(access, replace(_HELPFUL, id="mine"))
    assert [score.id for score in scores.of_trace(access, _ABOUT.trace_id)] == ["mine"]


def test_lists_by_trace_span_session_and_kind_in_pages(scores: ScoreService, access: ProjectAccess) -> None:
    now = scores.record(access, _HELPFUL).at
    for number in range(4):
        at = now - timedelta(minutes=number + 1)
        scores.record(access, replace(_HELPFUL, at=at, value=number, source=Source.EVAL, id=f"score-{number}"))
    scores.record(access, replace(_HELPFUL, about=Judged(session_id="chat"), kind=Kind.BOOLEAN, value=1))
    assert len(scores.of_trace(access, _ABOUT.trace_id)) == 5
    assert scores.of_span(access, _ABOUT.trace_id, "f" * 16) == []
    assert [score.kind for score in scores.of_session(access, "chat")] == [Kind.BOOLEAN]
    judged = Asked(wanted=ScoreFilter(source="eval"), end=now)
    first = scores.listing(access, judged, limit=3, cursor=None)
    rest = scores.listing(access, judged, limit=3, cursor=first.next)
    assert [score.value for score in first.items + rest.items] == [0, 1, 2, 3]
    assert rest.next is None
    with pytest.raises(InvalidInput, match="the cursor 'x' is not one"):
        scores.listing(access, judged, limit=3, cursor="x")


def test_a_person_annotates_and_an_application_reports(shared_running: Running) -> None:
    ours = shared_running.ours
    trace_id = ids.new_trace_id()
    body = {"name": "tone", "kind": "categorical", "label": "kind", "trace_id": trace_id}
    person = ours.owner.post(f"{ours.path}/scores", json=body).json()
    program = ours.key_client.post(f"{ours.path}/scores", json=body).json()
    assert (person["source"], person["author"]) == ("annotation", "Admin")
    assert (program["source"], program["author"]) == ("api", "")
    listed = ours.owner.get(f"{ours.path}/scores", params={"trace_id": trace_id}).json()["items"]
    assert [score["id"] for score in listed] == [program["id"], person["id"]]


def test_a_deleted_score_is_not_found_by_a_query(app: Application, access: ProjectAccess, scores: ScoreService) -> None:
    name = f"s{ids.new_span_id()}"
    made = scores.record(access, replace(_HELPFUL, name=name))
    typed = {"text": f'scores["{name}', "cursor": len(f'scores["{name}')}

    def offered() -> list[str]:
        path = f"/api/v1/projects/{app.project_id}/query/complete"
        answer = app.reader.post(path, json=typed).json()
        return [option["text"] for option in answer["options"] if name in option["text"]]

    assert offered()
    scores.take_back(access, made.id)
    assert not offered()


def test_an_application_takes_back_what_applications_gave_and_nothing_else(
    scores: ScoreService, access: ProjectAccess, editor: ProjectAccess
) -> None:
    own = scores.record(access, _HELPFUL)
    of_a_person = scores.record(editor, replace(_HELPFUL, source=Source.ANNOTATION))
    for use in (scores.delete, scores.take_back):
        with pytest.raises(Forbidden, match="right 'write'"):
            use(access, of_a_person.id)
    scores.take_back(access, own.id)
    assert [score.id for score in scores.of_trace(access, _ABOUT.trace_id)] == [of_a_person.id]
