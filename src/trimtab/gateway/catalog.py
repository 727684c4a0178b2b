"""A snapshot made ready for serving: secrets opened, headers built, parameters parsed, templates compiled once.

It is built beside the one in use and swapped in whole, so a call sees one consistent state from its beginning to its
end. What one broken provider or prompt cannot do is noted where it is, and refused when it is called; the rest serves.
"""

import logging
from collections.abc import Mapping

import msgspec

from trimtab.base.errors import InvalidTemplate
from trimtab.gateway.snapshot import Key, Project, Provider, Release, Snapshot
from trimtab.identity.secrets import SealBroken, SecretBox, provider_context
from trimtab.prompts import template
from trimtab.prompts.template import Template

log = logging.getLogger(__name__)

_parameters = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Upstream:
    """One provider, ready to be asked."""

    __slots__ = ("broken", "chat_url", "headers", "keep_alive", "kind", "models", "name", "secret", "stream_usage")

    def __init__(self, provider: Provider, secret: str, broken: str = "") -> None:
        """Build what every request to this provider shares."""
        self.name = provider.name
        self.kind = provider.kind
        self.chat_url = provider.base_url.rstrip("/") + "/chat/completions"
        self.keep_alive = provider.keep_alive
        self.models = provider.models
        self.stream_usage = provider.stream_usage
        self.secret = secret
        self.broken = broken
        headers = {"content-type": "application/json", "user-agent": "trimtab-gateway"}
        headers.update({name.lower(): value for name, value in provider.headers.items()})
        if provider.auth_header and secret:
            headers[provider.auth_header] = provider.auth_prefix + secret
        self.headers = list(headers.items())

    def scrub(self, text: str) -> str:
        """Return what an upstream said without the secret, should it have repeated it."""
        return text.replace(self.secret, "***") if self.secret else text


class Prompt:
    """One live release, ready to be rendered."""

    __slots__ = ("broken", "may_override_all", "overridable", "parameters", "release", "template")

    def __init__(self, release: Release) -> None:
        """Compile; a release that does not compile says so in `broken`."""
        self.release = release
        self.broken = ""
        self.template: Template | None = None
        self.parameters: dict[str, msgspec.Raw] = {}
        self.overridable = frozenset(release.overridable)
        self.may_override_all = "*" in self.overridable
        try:
            self.parameters = {name: value.copy() for name, value in _parameters.decode(release.parameters).items()}
            self.template = template.compile(release.messages, release.variables)
        except msgspec.MsgspecError as error:
            self.broken = f"its parameters are not a JSON object: {error}"
        except InvalidTemplate as error:
            self.broken = error.message

    def may_override(self, parameter: str) -> bool:
        """Say whether the caller's explicit value wins."""
        return self.may_override_all or parameter in self.overridable


class ProjectCatalog:
    """What calls with a key of one project can reach."""

    __slots__ = ("aliases", "id", "prompts", "upstreams")

    def __init__(
        self, project_id: str, upstreams: dict[str, Upstream], aliases: dict[str, str], prompts: dict[str, Prompt]
    ) -> None:
        """Hold providers by name, targets by alias, prompts by `name@environment`."""
        self.id = project_id
        self.upstreams = upstreams
        self.aliases = aliases
        self.prompts = prompts


class Catalog:
    """One whole state, by which every call that begins now is served."""

    __slots__ = ("keys", "projects", "revision")

    def __init__(self, revision: int, keys: Mapping[str, Key], projects: dict[str, ProjectCatalog]) -> None:
        """Hold keys by the hash of their text, projects by id."""
        self.revision = revision
        self.keys = keys
        self.projects = projects


def build(snapshot: Snapshot, box: SecretBox, previous: Catalog | None = None) -> Catalog:
    """Return the catalog of a snapshot; releases that `previous` has already are not compiled again."""
    known = {}
    if previous is not None:
        known = {
            prompt.release.id: prompt for project in previous.projects.values() for prompt in project.prompts.values()
        }
    return Catalog(
        snapshot.revision,
        snapshot.keys,
        {project_id: _project(project, box, known) for project_id, project in snapshot.projects.items()},
    )


def _project(project: Project, box: SecretBox, known: Mapping[str, Prompt]) -> ProjectCatalog:
    prompts = {}
    for name, release in project.releases.items():
        kept = known.get(release.id)
        prompts[name] = kept if kept is not None and kept.release == release else _prompt(release)
    upstreams = {name: _upstream(project.id, provider, box) for name, provider in project.providers.items()}
    return ProjectCatalog(project.id, upstreams, project.aliases, prompts)


def _prompt(release: Release) -> Prompt:
    prompt = Prompt(release)
    if prompt.broken:
        log.error("a release cannot be served", extra={"release": release.id, "reason": prompt.broken})
    return prompt


def _upstream(project_id: str, provider: Provider, box: SecretBox) -> Upstream:
    if provider.secret is None:
        return Upstream(provider, "")
    try:
        return Upstream(provider, box.open(provider.secret, provider_context(project_id, provider.name)))
    except SealBroken as error:
        log.error("a provider's secret cannot be opened", extra={"project": project_id, "provider": provider.name})  # noqa: TRY400 - the trace says no more
        return Upstream(provider, "", broken=error.message)
