"""The snapshot is one value that travels whole, or is refused."""

import msgspec
import pytest

from trimtab.base.errors import InvalidInput
from trimtab.gateway import snapshot
from trimtab.gateway.snapshot import Key, Message, Project, Provider, Release, Snapshot, Variable

FULL = Snapshot(
    revision=7,
    keys={"ab" * 32: Key(id="key_1", project_id="prj_1", environment="production", scopes=["call"])},
    projects={
        "prj_1": Project(
            id="prj_1",
            providers={
                "local": Provider(name="local", kind="vllm", base_url="http://127.0.0.1:1/v1", secret=b"\x00\xff")
            },
            aliases={"fast": "local/small"},
            releases={
                "support/answer@production": Release(
                    id="rel_1",
                    prompt="support/answer",
                    version=3,
                    environment="production",
                    model="fast",
                    messages=[Message(role="system", template="Be {{ tone }}.")],
                    variables=[Variable(name="tone", required=False, default=b'"kind"')],
                )
            },
        )
    },
)


def test_a_snapshot_comes_back_as_it_was() -> None:
    assert snapshot.decode(snapshot.encode(FULL)) == FULL


def test_another_schema_is_refused_by_name() -> None:
    later = msgspec.msgpack.encode({"schema": snapshot.SCHEMA + 1, "revision": "in another shape"})
    with pytest.raises(InvalidInput, match="this gateway reads 1") as refusal:
        snapshot.decode(later)
    assert refusal.value.exact_code == "unknown_snapshot_schema"


@pytest.mark.parametrize("cut", [1, 40])
def test_a_damaged_snapshot_is_refused(cut: int) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        snapshot.decode(snapshot.encode(FULL)[:-cut])
