"""From what a client called a model to what is asked of whom.

A model's name is an alias, `provider/model` (the model may have slashes of its own), or `prompt:name` with an optional
`@environment`. Everything here is a pure function of the catalog and the request.
"""

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from trimtab.base.errors import InvalidTemplate
from trimtab.gateway import request as body
from trimtab.gateway.catalog import ProjectCatalog, Prompt, Upstream
from trimtab.gateway.refusal import PERMISSION, UNAVAILABLE, Refusal
from trimtab.gateway.request import CALLERS_OWN, ChatRequest
from trimtab.gateway.snapshot import Key
from trimtab.llm.call import PromptRef

PROMPT_PREFIX: Final = "prompt:"
_encoder = msgspec.json.Encoder()


class Plan:
    """One request to one upstream, ready to be sent, with what its record will say."""

    __slots__ = (
        "body",
        "ignored",
        "messages",
        "metadata",
        "model",
        "parameters",
        "prompt",
        "strip_usage",
        "upstream",
        "variables",
    )

    def __init__(self, upstream: Upstream, model: str) -> None:
        """Say whom to ask for which model."""
        self.upstream = upstream
        self.model = model
        self.body = b""
        self.messages: bytes | msgspec.Raw = b""
        self.parameters: dict[str, msgspec.Raw] = {}
        self.metadata: dict[str, Any] = {}
        self.variables: dict[str, Any] = {}
        self.prompt: PromptRef | None = None
        self.ignored: list[str] = []
        """Parameters that the caller sent and the release does not allow."""
        self.strip_usage = False
        """Whether the usage in a stream was asked for by us alone."""


def plan(project: ProjectCatalog, key: Key, request: ChatRequest) -> Plan:
    """Return what to send, and to whom.

    Raises:
        Refusal: the model or prompt is not known, or the prompt cannot be rendered with what was sent.
    """
    if request.model.startswith(PROMPT_PREFIX):
        result = _plan_prompt(project, key, request)
    else:
        result = _plan_model(project, request)
    ask_usage = request.stream and result.upstream.stream_usage
    result.strip_usage = ask_usage and not request.wants_usage
    result.body = body.upstream_body(request, result.model, result.messages, result.parameters, ask_usage=ask_usage)
    return result


def models(project: ProjectCatalog, key: Key) -> list[str]:
    """Return every name that a call with this key can give for a model."""
    names = [*project.aliases]
    for upstream in project.upstreams.values():
        names += [f"{upstream.name}/{model}" for model in upstream.models]
    for name in project.prompts:
        prompt, _, environment = name.rpartition("@")
        names.append(PROMPT_PREFIX + (prompt if environment == key.environment else name))
    return sorted(names)


def _plan_model(project: ProjectCatalog, request: ChatRequest) -> Plan:
    upstream, model = _target(project, request.model)
    result = Plan(upstream, model)
    result.messages = body.require_messages(request)
    result.parameters = request.parameters()
    result.metadata = request.metadata
    return result


def _plan_prompt(project: ProjectCatalog, key: Key, request: ChatRequest) -> Plan:
    prompt = _prompt(project, key, request.model)
    release = prompt.release
    called = PromptRef(
        name=release.prompt,
        version=release.version,
        release_id=release.id,
        environment=release.environment,
        arm=release.arm,
    )
    try:
        result = _plan_release(project, prompt, request)
    except Refusal as refusal:
        refusal.prompt = called
        raise
    result.prompt = called
    return result


def _plan_release(project: ProjectCatalog, prompt: Prompt, request: ChatRequest) -> Plan:
    release = prompt.release
    if prompt.broken:
        raise Refusal(
            503,
            "release_unusable",
            f"prompt {release.prompt!r} in {release.environment!r} cannot be served: {prompt.broken}",
            type_=UNAVAILABLE,
            hint="Release another version of it.",
        )
    try:
        upstream, model = _target(project, release.model)
    except Refusal as refusal:
        raise Refusal(
            503,
            "release_model_unavailable",
            f"prompt {release.prompt!r} is released with a model that cannot be reached: {refusal.message}",
            type_=UNAVAILABLE,
            hint="Release it with another model, or add the provider or alias again.",
        ) from refusal
    result = Plan(upstream, model)
    result.variables, result.metadata = _split_values(prompt, request)
    result.messages = body.join_messages(_render(prompt, result.variables), request.messages)
    result.parameters = dict(prompt.parameters)
    for name, value in request.parameters().items():
        if name in CALLERS_OWN or prompt.may_override(name):
            result.parameters[name] = value
        else:
            result.ignored.append(name)
    return result


def _split_values(prompt: Prompt, request: ChatRequest) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the values of variables, and the metadata that is none of them."""
    assert prompt.template is not None  # noqa: S101 - `_plan_release` refuses what is broken
    declared = prompt.template.variables
    values = {name: value for name, value in request.metadata.items() if name in declared}
    rest = {name: value for name, value in request.metadata.items() if name not in declared}
    values.update(request.variables)
    return values, rest


def _render(prompt: Prompt, values: Mapping[str, object]) -> bytes:
    assert prompt.template is not None  # noqa: S101 - `_plan_release` refuses what is broken
    try:
        return _encoder.encode(prompt.template.render(values))
    except InvalidTemplate as error:
        raise Refusal(
            400,
            error.exact_code,
            f"prompt {prompt.release.prompt!r} version {prompt.release.version}: {error.message}",
            param="metadata",
            hint=error.hint or "Send variables in `metadata`, `variables` or `prompt.variables`.",
        ) from error


def _prompt(project: ProjectCatalog, key: Key, name: str) -> Prompt:
    wanted, _, environment = name.removeprefix(PROMPT_PREFIX).partition("@")
    environment = environment or key.environment
    prompt = project.prompts.get(f"{wanted}@{environment}")
    if prompt is None:
        raise _no_prompt(project, wanted, environment)
    return prompt


def _no_prompt(project: ProjectCatalog, wanted: str, environment: str) -> Refusal:
    elsewhere = sorted(
        place for name, _, place in (known.rpartition("@") for known in project.prompts) if name == wanted
    )
    if elsewhere:
        return Refusal(
            404,
            "prompt_not_released",
            f"prompt {wanted!r} is not released to {environment!r}; it is released to {', '.join(elsewhere)}",
            param="model",
            hint=f"Release it to {environment!r}, or call 'prompt:{wanted}@{elsewhere[0]}'.",
        )
    names = {known.rpartition("@")[0] for known in project.prompts}
    return Refusal(
        404,
        "prompt_not_found",
        f"there is no released prompt {wanted!r}",
        param="model",
        hint=_near(wanted, names) or "GET /v1/models lists what can be called.",
    )


def _target(project: ProjectCatalog, name: str) -> tuple[Upstream, str]:
    target = project.aliases.get(name, name)
    provider, slash, model = target.partition("/")
    upstream = project.upstreams.get(provider)
    if upstream is None or not slash or not model:
        raise _no_model(project, name, target)
    if upstream.broken:
        raise Refusal(
            503,
            "provider_unusable",
            f"provider {provider!r} cannot be used: {upstream.broken}",
            type_=UNAVAILABLE,
            hint="Enter its secret again in the console.",
        )
    return upstream, model


def _no_model(project: ProjectCatalog, name: str, target: str) -> Refusal:
    known = [*project.aliases, *(f"{up.name}/{model}" for up in project.upstreams.values() for model in up.models)]
    provider, slash, model = target.partition("/")
    if slash and model:
        problem = f"there is no provider {provider!r} for the model {name!r}"
        candidates = [*project.upstreams]
        near = _near(provider, candidates) or f"Providers here: {', '.join(sorted(candidates)) or 'none yet'}."
    else:
        problem = f"there is no model {name!r}"
        near = _near(name, known) or "Write provider/model, an alias, or prompt:name. GET /v1/models lists them."
    return Refusal(404, "model_not_found", problem, param="model", hint=near)


def _near(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name[:200], sorted(names), n=3)
    return f"Did you mean {' or '.join(repr(each) for each in near)}?" if near else ""


def require_call_scope(key: Key) -> None:
    """Let a key with the scope `call` go on.

    Raises:
        Refusal: it has other scopes only.
    """
    if "call" not in key.scopes:
        raise Refusal(
            403,
            "key_lacks_scope",
            f"key {key.name or key.id!r} lacks the scope 'call'; it has: {', '.join(key.scopes) or 'none'}",
            type_=PERMISSION,
            hint="Create a key with the scope 'call' in the console.",
        )
