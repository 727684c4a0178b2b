"""Prompts, releases, providers and the snapshot hold on SQLite and on PostgreSQL alike."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from trimtab.base.clock import SystemClock
from trimtab.base.errors import Conflict
from trimtab.gateway import snapshot
from trimtab.gateway.compile import Snapshots
from trimtab.gateway.service import ModelsFromStore, NewProvider, ProviderService
from trimtab.identity.access import ProjectAccess, system
from trimtab.identity.audit import Audit
from trimtab.identity.bootstrap import Bootstrap, Wish
from trimtab.identity.secrets import SecretBox
from trimtab.identity.service.keys import KeyService
from trimtab.identity.service.projects import ProjectService
from trimtab.prompts.prompt import Detail
from trimtab.prompts.service import PromptService
from trimtab.prompts.variable import Variable
from trimtab.prompts.version import Content, Kind, Message
from trimtab.releases.release import Release
from trimtab.releases.service import LiveFromStore, Plan, ReleaseService
from trimtab.storage.meta import Meta


@dataclass(frozen=True)
class Plane:
    """The services that write what the gateway serves by, over one store, and a project in it."""

    meta: Meta
    access: ProjectAccess
    prompts: PromptService
    releases: ReleaseService
    providers: ProviderService
    snapshots: Snapshots

    def prompt(self, name: str = "support/answer", text: str = "{{ q }}") -> Detail:
        return self.prompts.create(
            self.access, name=name, kind=Kind.CHAT, description="", content=content(text), message="first"
        )

    def release(self, prompt_id: str, version: int = 1, expected: str | None = None) -> Release:
        plan = Plan(
            prompt_id=prompt_id, environment="production", version=version, model="up/m", parameters={"seed": 1}
        )
        return self.releases.release(self.access, plan, expected_live_id=expected)[0]


def content(text: str) -> Content:
    return Content(
        kind=Kind.CHAT,
        messages=(Message(role="user", template=text),),
        variables=(Variable(name="q", type="object", required=False, default='{"a": [1, null, "é"]}'.encode()),),
    )


@pytest.fixture
def plane(meta: Meta) -> Plane:
    clock = SystemClock()
    audit = Audit(meta, clock)
    projects, keys = ProjectService(meta, audit, clock), KeyService(meta, audit, clock)
    wish = Wish(organisation_name="o", project_slug="p", admin_email="a@b.example", admin_password="long enough here")
    project = Bootstrap(meta, audit, clock, projects, keys).run(wish).project
    made = Plane(
        meta=meta,
        access=ProjectAccess(project, system(project.organisation_id)),
        prompts=PromptService(meta, audit, clock, LiveFromStore()),
        releases=ReleaseService(meta, audit, clock, ModelsFromStore()),
        providers=ProviderService(meta, audit, clock, SecretBox(b"k" * 32)),
        snapshots=Snapshots(meta, clock),
    )
    made.providers.create(made.access, NewProvider(name="up", kind="groq", secret="gsk_0123456789abcdef", models=["m"]))
    return made


def outcomes(works: list[Callable[[], object]]) -> list[str]:
    """Run all at once; return in order of the alphabet whether each was done or was a conflict."""

    def outcome(work: Callable[[], object]) -> str:
        try:
            work()
        except Conflict:
            return "conflict"
        return "done"

    with ThreadPoolExecutor(len(works)) as pool:
        return sorted(pool.map(outcome, works))


def test_content_comes_back_as_it_was_written(plane: Plane) -> None:
    wanted = content('é "quoted" \\ {# c #}\n\ttabs \x00 {{ q }}')
    made = plane.prompts.create(plane.access, name="p", kind=Kind.CHAT, description="d\n", content=wanted, message="m")
    found = plane.prompts.version(plane.access, made.prompt.id, 1)
    assert (found.content, found.content_hash) == (wanted, wanted.hash)
    assert found.created_at.tzinfo is not None
    assert plane.prompts.get(plane.access, made.prompt.id) == made


def test_of_many_versions_written_at_once_on_top_of_the_same_one_is_kept(plane: Plane) -> None:
    prompt_id = plane.prompt().prompt.id

    def writer(number: int) -> Callable[[], object]:
        return lambda: plane.prompts.add_version(
            plane.access, prompt_id, content=content(f"{number} {{{{ q }}}}"), message="", base_version=1
        )

    assert outcomes([writer(number) for number in range(5)]) == ["conflict"] * 4 + ["done"]
    assert plane.prompts.get(plane.access, prompt_id).prompt.latest_version == 2


def test_of_many_who_do_not_care_what_is_newest_each_gets_a_number(plane: Plane) -> None:
    prompt_id = plane.prompt().prompt.id

    def write(number: int) -> int:
        version, _ = plane.prompts.add_version(
            plane.access, prompt_id, content=content(f"{number} {{{{ q }}}}"), message="", base_version=None
        )
        return version.number

    with ThreadPoolExecutor(5) as pool:
        assert sorted(pool.map(write, range(5))) == [2, 3, 4, 5, 6]


def test_of_many_prompts_of_one_name_made_at_once_one_is_kept(plane: Plane) -> None:
    names = ("Support/answer", "support/Answer", "SUPPORT/answer")
    assert outcomes([lambda name=name: plane.prompt(name) for name in names]) == ["conflict", "conflict", "done"]  # type: ignore[misc]


def test_of_many_releases_made_at_once_from_the_same_state_one_is_kept(plane: Plane) -> None:
    prompt_id = plane.prompt().prompt.id
    seen = plane.release(prompt_id, expected="")
    race: list[Callable[[], object]] = [lambda: plane.release(prompt_id, expected=seen.id) for _ in range(5)]
    assert outcomes(race) == ["conflict"] * 4 + ["done"]


def test_of_many_first_releases_made_at_once_one_is_live(plane: Plane) -> None:
    prompt_id = plane.prompt().prompt.id
    assert outcomes([lambda: plane.release(prompt_id) for _ in range(5)]) == ["done"] * 5
    history = plane.releases.listing(plane.access, prompt_id=prompt_id, environment="", limit=10, cursor=None).items
    assert [release.is_live for release in history].count(True) == 1
    previous = [release.previous_id for release in history]
    assert len(set(previous)) == 5, "each release knows the one that it replaced"


def test_the_store_refuses_to_alter_a_version(plane: Plane) -> None:
    plane.prompt()
    with pytest.raises(sa.exc.DBAPIError, match="never altered"), plane.meta.write() as connection:
        connection.exec_driver_sql("UPDATE prompt_versions SET message = 'x'")


def test_a_released_prompt_cannot_be_deleted_and_an_unreleased_one_can(plane: Plane) -> None:
    released, other = plane.prompt("released").prompt.id, plane.prompt("other").prompt.id
    plane.release(released)
    with pytest.raises(Conflict, match="has been released"):
        plane.prompts.delete(plane.access, released)
    plane.prompts.delete(plane.access, other)
    found = plane.prompts.listing(plane.access, search="", limit=10, cursor=None).items
    assert [(each.prompt.name, [live.version for live in each.live]) for each in found] == [("released", [1])]


def test_search_takes_no_character_for_a_wildcard(plane: Plane) -> None:
    for name in ("a_b", "axb", "A_C"):
        plane.prompt(name)

    def found(search: str) -> list[str]:
        page = plane.prompts.listing(plane.access, search=search, limit=10, cursor=None)
        return [each.prompt.name for each in page.items]

    assert (found("_"), found("%"), found("a_")) == (["a_b", "A_C"], [], ["a_b", "A_C"])


def test_the_snapshot_is_compiled_once_for_each_revision(plane: Plane) -> None:
    plane.release(plane.prompt().prompt.id)
    revision, body = plane.snapshots.encoded()
    assert plane.snapshots.encoded()[1] is body
    state = snapshot.decode(body)
    project = state.projects[plane.access.project.id]
    assert state.revision == revision == plane.snapshots.revision()
    assert project.providers["up"].models == ["m"]
    release = project.releases["support/answer@production"]
    assert release.variables[0].default == '{"a": [1, null, "é"]}'.encode()
    plane.providers.put_alias(plane.access, "fast", "up/m")
    later, body = plane.snapshots.encoded()
    assert later == revision + 1
    assert snapshot.decode(body).projects[plane.access.project.id].aliases == {"fast": "up/m"}
