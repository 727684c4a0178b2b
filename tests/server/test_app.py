from tests.conftest import Running


def test_an_owner_sees_the_projects_of_their_organisation_alone(running: Running) -> None:
    answer = running.ours.owner.get("/api/v1/projects")
    assert [item["slug"] for item in answer.json()["items"]] == ["ours"]
