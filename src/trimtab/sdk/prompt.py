"""A released prompt in an application's hands: rendered here, with what the release fixed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from trimtab.llm import prompt_header
from trimtab.llm.call import PromptRef
from trimtab.prompts import template
from trimtab.prompts.template import RenderedMessage, Template


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """Messages, and the model and parameters that the release fixed."""

    messages: list[RenderedMessage]
    model: str
    parameters: dict[str, Any]
    prompt: "Prompt"

    @property
    def text(self) -> str:
        """All that was rendered as one text, the messages apart by an empty line; of a text prompt, the text itself."""
        return "\n\n".join(message["content"] for message in self.messages)

    def openai(self, **overrides: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever the OpenAI SDK takes
        """Return the arguments for `client.chat.completions.create(**…)`; `overrides` go before the release's own.

        Among them is the header by which the gateway counts the call under its prompt.
        """
        headers = {
            prompt_header.NAME: prompt_header.write(self.prompt.ref),
            **(overrides.pop("extra_headers", None) or {}),
        }
        return {
            "model": self.model,
            "messages": self.messages,
            **self.parameters,
            **overrides,
            "extra_headers": headers,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """What serves for a prompt in an environment, as it was when it was fetched."""

    name: str
    version: int
    release_id: str
    environment: str
    arm: str
    kind: Literal["text", "chat"]
    model: str
    parameters: dict[str, Any]
    overridable: tuple[str, ...]
    content_hash: str
    template: Template = field(repr=False, compare=False)

    @property
    def ref(self) -> PromptRef:
        """Which release this is, as records of calls name it."""
        return PromptRef(
            name=self.name,
            version=self.version,
            release_id=self.release_id,
            environment=self.environment,
            arm=self.arm,
        )

    @property
    def variables(self) -> frozenset[str]:
        """The names that `render` takes."""
        return self.template.variables

    def render(self, values: Mapping[str, object] | None = None, /, **named: object) -> Rendered:
        """Return the messages for these values, given as a mapping, by name, or both.

        Raises:
            InvalidTemplate: a value is missing, unknown, or of the wrong type.
        """
        messages = self.template.render({**(values or {}), **named})
        return Rendered(messages=messages, model=self.model, parameters=dict(self.parameters), prompt=self)


@dataclass(frozen=True, slots=True)
class _Message:
    role: str
    template: str


@dataclass(frozen=True, slots=True)
class _Variable:
    name: str
    type: str
    required: bool
    default: bytes | None


def read(resolved: Mapping[str, Any]) -> Prompt:
    """Return the prompt that the server described, compiled.

    Raises:
        InvalidTemplate: this build cannot render it.
    """
    variables = [
        _Variable(
            each["name"],
            each["type"],
            each["required"],
            None if each["default"] is None else json.dumps(each["default"]).encode(),
        )
        for each in resolved["variables"]
    ]
    messages = [_Message(each["role"], each["template"]) for each in resolved["messages"]]
    return Prompt(
        name=resolved["prompt"],
        version=resolved["version"],
        release_id=resolved["release_id"],
        environment=resolved["environment"],
        arm=resolved["arm"],
        kind=resolved["kind"],
        model=resolved["model"],
        parameters=resolved["parameters"],
        overridable=tuple(resolved["overridable"]),
        content_hash=resolved["content_hash"],
        template=template.compile(messages, variables),
    )
