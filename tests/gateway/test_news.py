"""What the gateway serves by: applied within a second, kept on disk, and not taken away by what is wrong."""

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from tests.gateway.stage import KEY, SECRET, Gateway, chat, eventually, hashed, stage

from trimtab.gateway import snapshot


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with stage(tmp_path_factory.mktemp("news")) as gateway:
        yield gateway


def publish_without(gateway: Gateway, key: str) -> None:
    current = gateway.plane.snapshot
    keys = {name: value for name, value in current.keys.items() if name != hashed(key)}
    gateway.plane.publish(msgspec.structs.replace(current, revision=current.revision + 1, keys=keys))


def publish(gateway: Gateway, **changes: object) -> None:
    current = gateway.plane.snapshot
    project = msgspec.structs.replace(current.projects["prj_1"], **changes)
    projects = {**current.projects, "prj_1": project}
    gateway.plane.publish(msgspec.structs.replace(current, revision=current.revision + 1, projects=projects))


def test_a_change_is_applied_within_a_second(served: Gateway) -> None:
    assert served.call(chat("brand-new")).status == 404
    publish(served, aliases={"fast": "fake/fake", "brand-new": "fake/fake"})
    eventually(lambda: served.call(chat("brand-new")).status == 200, "the new alias works", within_s=1.0)


def test_a_revoked_key_is_refused_within_a_second(served: Gateway) -> None:
    kept = served.plane.snapshot
    assert served.call(chat()).status == 200
    publish_without(served, KEY)
    eventually(lambda: served.call(chat()).status == 401, "the key is refused", within_s=1.0)
    served.plane.publish(msgspec.structs.replace(kept, revision=kept.revision + 2))
    eventually(lambda: served.call(chat()).status == 200, "the key is back", within_s=1.0)


def test_a_rolled_back_release_is_served_within_a_second(served: Gateway) -> None:
    releases = served.plane.snapshot.projects["prj_1"].releases
    newer = msgspec.structs.replace(releases["free@production"], id="rel_free_2", version=9)
    publish(served, releases={**releases, "free@production": newer})

    def version() -> int:
        prompt = served.record_of(served.call({"model": "prompt:free"})).prompt
        assert prompt is not None
        return prompt.version

    eventually(lambda: version() == 9, "the new release is served", within_s=2.0)
    publish(served, releases=releases)
    eventually(lambda: version() == 3, "the old one is served again", within_s=2.0)


def test_what_cannot_be_read_changes_nothing(served: Gateway) -> None:
    current = served.plane.snapshot
    later = msgspec.msgpack.encode({"schema": 99, "revision": current.revision + 1})
    for body in (b"nonsense", later):
        served.plane.body = body
        asked = served.plane.asked
        served.plane.publish(msgspec.structs.replace(current, revision=current.revision + 1))
        eventually(lambda asked=asked: served.plane.asked > asked or served.log().count("no news"), "it was asked")
        assert served.call(chat()).status == 200
    assert served.metric("snapshot_revision") == current.revision


def test_a_release_or_secret_that_cannot_be_used_spoils_nothing_else(tmp_path: Path) -> None:
    with stage(tmp_path, start=False) as gateway:
        current = gateway.plane.snapshot
        project = current.projects["prj_1"]
        broken = msgspec.structs.replace(
            project.releases["free@production"],
            id="rel_broken",
            prompt="broken",
            messages=[snapshot.Message(role="user", template="{{ undeclared }}")],
        )
        sealed_elsewhere = msgspec.structs.replace(project.providers["fake"], name="sealed")
        spoilt = msgspec.structs.replace(
            project,
            releases={**project.releases, "broken@production": broken},
            providers={**project.providers, "sealed": sealed_elsewhere},
        )
        gateway.plane.snapshot = msgspec.structs.replace(current, projects={"prj_1": spoilt})
        gateway.start()
        assert gateway.call(chat()).status == 200
        answer = gateway.call({"model": "prompt:broken"})
        assert (answer.status, answer.error["code"]) == (503, "release_unusable")
        answer = gateway.call(chat("sealed/fake"))
        assert (answer.status, answer.error["code"]) == (503, "provider_unusable")


def test_the_gateway_starts_from_disk_when_the_control_plane_is_away(tmp_path: Path) -> None:
    with stage(tmp_path) as gateway:
        assert gateway.stop() == 0
        gateway.plane.go_away()
        began = time.monotonic()
        gateway.start()
        assert time.monotonic() - began < 3
        assert gateway.call(chat()).status == 200


def test_secrets_lie_on_disk_as_ciphertext_only(served: Gateway) -> None:
    kept = served.data_dir / "gateway" / "snapshot.msgpack"
    assert snapshot.decode(kept.read_bytes()).projects["prj_1"].providers["fake"].secret
    for file in served.data_dir.rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes(), file


def test_without_any_snapshot_the_gateway_lives_but_is_not_ready(tmp_path: Path) -> None:
    with stage(tmp_path, start=False) as gateway:
        gateway.plane.go_away()
        gateway.start(wait=False)
        eventually(lambda: is_alive(gateway), "it lives")
        ready = gateway.get("/health/ready")
        assert (ready.status, ready.json()["status"]) == (503, "not_ready")
        answer = gateway.call(chat())
        assert (answer.status, answer.error["code"]) == (503, "not_ready")
        gateway.plane.come_back()
        eventually(lambda: gateway.call(chat()).status == 200, "it serves as soon as it can", within_s=4)


def test_a_wrong_token_is_not_tried_in_a_hurry(tmp_path: Path) -> None:
    with stage(tmp_path, start=False) as gateway:
        gateway.plane.token = "another"
        gateway.start(wait=False)
        eventually(lambda: is_alive(gateway), "it lives")
        eventually(lambda: gateway.plane.unauthorised == 1, "it asked once")
        assert gateway.get("/health/ready").status == 503
        assert "the server answered 401" in gateway.log()


def is_alive(gateway: Gateway) -> bool:
    try:
        return gateway.get("/health/live").status == 200
    except OSError:
        return False
