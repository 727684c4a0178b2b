"""A version of a prompt: immutable, numbered from 1 without gaps, and known by the hash of its content."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from trimtab.base.errors import InvalidInput, InvalidTemplate
from trimtab.prompts import template
from trimtab.prompts.variable import Variable

JsonValue: TypeAlias = "str | int | float | bool | list[JsonValue] | dict[str, JsonValue] | None"


class Kind(StrEnum):
    """What a prompt renders to."""

    TEXT = "text"
    """One text, sent as a message of the user."""
    CHAT = "chat"
    """A list of messages with roles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message before rendering."""

    role: str
    template: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who wrote or moved something: a person, a key, or Trimtab itself."""

    kind: str
    id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a version says: all that its hash is made of."""

    kind: Kind
    messages: tuple[Message, ...]
    variables: tuple[Variable, ...] = ()

    def compile(self) -> template.Template:
        """Return the template, ready to render.

        Raises:
            InvalidTemplate: the messages and the variables do not hold together.
        """
        if self.kind is Kind.TEXT and [message.role for message in self.messages] != ["user"]:
            raise InvalidTemplate(
                f"a text prompt has one message with the role 'user', found {[each.role for each in self.messages]!r}",
                hint="Make a chat prompt for several messages or other roles.",
            )
        return template.compile(self.messages, self.variables)

    @property
    def hash(self) -> str:
        """The sha256, in hex, of the content as JSON with sorted keys and no spaces."""
        document = {
            "kind": self.kind,
            "messages": messages_to_json(self.messages),
            "variables": variables_to_json(self.variables),
        }
        canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version as it was written."""

    prompt_id: str
    number: int
    content: Content
    content_hash: str
    author: Author
    message: str
    """Why it was written, in its author's words."""
    created_at: datetime


def check_base(base_version: int | None, newest: int) -> bool:
    """Say whether a version that was written on top of `base_version` may follow `newest`; None follows any."""
    if base_version is not None and not 1 <= base_version <= newest:
        raise InvalidInput(f"base_version is {base_version}; the prompt has the versions 1 to {newest}")
    return base_version is None or base_version == newest


def messages_to_json(messages: Sequence[Message]) -> list[dict[str, JsonValue]]:
    """Return the messages as they are stored and hashed."""
    return [{"role": message.role, "template": message.template} for message in messages]


def messages_from_json(items: Sequence[dict[str, str]]) -> tuple[Message, ...]:
    """Read what `messages_to_json` wrote."""
    return tuple(Message(role=item["role"], template=item["template"]) for item in items)


def variables_to_json(variables: Sequence[Variable]) -> list[dict[str, JsonValue]]:
    """Return the variables as they are stored and hashed; a default is its value, or null for none."""
    return [
        {
            "name": variable.name,
            "type": str(variable.type),
            "required": variable.required,
            "default": None if variable.default is None else json.loads(variable.default),
            "description": variable.description,
        }
        for variable in variables
    ]


def variables_from_json(items: Sequence[dict[str, JsonValue]]) -> tuple[Variable, ...]:
    """Read what `variables_to_json` wrote."""
    return tuple(
        Variable(
            name=str(item["name"]),
            type=str(item["type"]),
            required=bool(item["required"]),
            default=default_to_json(item["default"]),
            description=str(item["description"]),
        )
        for item in items
    )


def default_to_json(value: JsonValue) -> bytes | None:
    """Return a default as JSON text; None, which is JSON's null, stands for no default."""
    return None if value is None else json.dumps(value, sort_keys=True, ensure_ascii=False).encode()
