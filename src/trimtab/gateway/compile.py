"""Compiles what the stores hold into the snapshot by which the gateway serves, once for each revision."""

import json
import threading
from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy.engine import Connection

from trimtab.base.clock import Clock
from trimtab.gateway import snapshot, store
from trimtab.gateway.providers import KINDS, provider
from trimtab.gateway.snapshot import Key, Message, Project, Provider, Release, Snapshot, Variable
from trimtab.identity.model import ApiKey
from trimtab.identity.store import keys as key_store
from trimtab.prompts import store as prompt_store
from trimtab.prompts.version import Content
from trimtab.releases import release
from trimtab.releases import store as release_store
from trimtab.storage import revision
from trimtab.storage.meta import Meta
from trimtab.traces.privacy.policy import NOTHING, Policy
from trimtab.traces.privacy.store import policies as privacy_store


class Snapshots:
    """The snapshot that is current, encoded. Safe to share between threads."""

    def __init__(self, meta: Meta, clock: Clock) -> None:
        """Compile from `meta`."""
        self._meta = meta
        self._clock = clock
        # Held while compiling, so that many workers that ask at once cost one compilation.
        self._lock = threading.Lock()
        self._revision = -1
        self._encoded = b""

    def revision(self) -> int:
        """Return the number that every change of what the gateway needs moves on."""
        with self._meta.read() as connection:
            return revision.current(connection, revision.GATEWAY)

    def encoded(self) -> tuple[int, bytes]:
        """Return the revision and the snapshot as it travels; reads the stores only when the revision has moved."""
        with self._lock:
            with self._meta.read() as connection:
                current = revision.current(connection, revision.GATEWAY)
                if current != self._revision:
                    self._encoded = snapshot.encode(compile_snapshot(connection, current, self._clock))
                    self._revision = current
            return self._revision, self._encoded


def compile_snapshot(connection: Connection, current: int, clock: Clock) -> Snapshot:
    """Return all that the gateway needs, as one consistent state: the connection sees one."""
    keys = key_store.usable(connection, clock.now())
    wishes = privacy_store.every(connection)
    providers: defaultdict[str, dict[str, Provider]] = defaultdict(dict)
    for kept in store.every(connection):
        providers[kept.project_id][kept.name] = _provider(kept)
    aliases: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for project_id, alias in store.every_alias(connection):
        aliases[project_id][alias.alias] = alias.target
    releases = _releases(connection)
    projects = {key.project_id for key in keys} | providers.keys() | aliases.keys() | releases.keys()
    return Snapshot(
        revision=current,
        keys={key.digest: _key(key, wishes.get(key.project_id, NOTHING)) for key in keys},
        projects={
            project_id: Project(
                id=project_id,
                providers=providers.get(project_id, {}),
                aliases=aliases.get(project_id, {}),
                releases=releases.get(project_id, {}),
            )
            for project_id in sorted(projects)
        },
    )


def _key(key: ApiKey, wishes: Policy) -> Key:
    expires_at_ns = None if key.expires_at is None else int(key.expires_at.timestamp() * 1_000_000) * 1_000
    return Key(
        id=key.id,
        project_id=key.project_id,
        environment=key.environment,
        scopes=sorted(key.scopes),
        expires_at_ns=expires_at_ns,
        name=key.name,
        content_share=wishes.content.environments.get(key.environment, 1.0),
    )


def _provider(kept: provider.Provider) -> Provider:
    kind = KINDS[kept.kind]
    return Provider(
        name=kept.name,
        kind=kept.kind,
        base_url=kept.base_url,
        auth_header=kind.auth_header,
        auth_prefix=kind.auth_prefix,
        secret=kept.sealed_secret,
        headers=kept.headers,
        keep_alive=kept.keep_alive,
        models=list(kept.models),
        stream_usage=kind.stream_usage,
    )


def _releases(connection: Connection) -> Mapping[str, dict[str, Release]]:
    live = release_store.all_live(connection)
    contents = prompt_store.contents(connection, [(each.prompt_id, each.version) for each in live])
    found: defaultdict[str, dict[str, Release]] = defaultdict(dict)
    for each in live:
        content = contents[each.prompt_id, each.version]
        found[each.project_id][f"{each.prompt_name}@{each.environment}"] = _release(each, content)
    return found


def _release(live: release.Release, content: Content) -> Release:
    return Release(
        id=live.id,
        prompt=live.prompt_name,
        version=live.version,
        environment=live.environment,
        arm=live.arm,
        model=live.model,
        parameters=json.dumps(live.parameters).encode(),
        overridable=list(live.overridable),
        kind=content.kind.value,
        messages=[Message(role=message.role, template=message.template) for message in content.messages],
        variables=[
            Variable(
                name=variable.name,
                type=str(variable.type),
                required=variable.required,
                default=variable.default,
                description=variable.description,
            )
            for variable in content.variables
        ],
    )
