"""All that a gateway worker must know to serve, as one versioned value: keys, providers, aliases, releases.

The control plane compiles it, the worker holds it in memory and keeps the last good one on disk. It has no secret in
the clear: keys are hashes, provider secrets are ciphertext. Fields may be added at the end with a default; a change
that an older worker would misread raises `SCHEMA`, and such a worker keeps what it has.
"""

from typing import Final

import msgspec

from trimtab.base.errors import InvalidInput

SCHEMA: Final = 1
"""The shape that this build reads and writes."""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One API key, found by the hash of its text."""

    id: str
    project_id: str
    environment: str
    """Where calls with this key happen, and which release `prompt:name` means."""
    scopes: list[str] = []
    expires_at_ns: int | None = None
    """Nanoseconds since the Unix epoch; `None` never expires."""
    name: str = ""
    content_share: float = 1.0
    """Of which share of the traces with this key the messages are kept: 0 none, 1 all."""


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """One upstream of a project."""

    name: str
    kind: str
    base_url: str
    """Ends before `/chat/completions`."""
    auth_header: str = "authorization"
    """`authorization`, `api-key`, or empty when the upstream wants no secret."""
    auth_prefix: str = "Bearer "
    secret: bytes | None = None
    """Ciphertext."""
    headers: dict[str, str] = {}
    """Sent with every request, besides the secret."""
    keep_alive: bool = True
    """False for servers that drop the connection although they said that they would keep it."""
    models: list[str] = []
    """What `GET /v1/models` lists; calls may name others."""
    stream_usage: bool = True
    """Whether the upstream takes `stream_options.include_usage`; false for those that refuse what they do not know."""


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One message of a released prompt, before rendering."""

    role: str
    template: str


class Variable(msgspec.Struct, frozen=True, kw_only=True):
    """One variable that a released prompt declares."""

    name: str
    type: str = "string"
    required: bool = True
    default: bytes | None = None
    """The default as JSON text; `None` when there is none, which is not the same as JSON's null."""
    description: str = ""


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """What is live for one prompt in one environment."""

    id: str
    prompt: str
    version: int
    environment: str
    arm: str = "main"
    model: str
    """`provider/model` or an alias."""
    parameters: bytes = b"{}"
    """JSON object of what is sent with every call."""
    overridable: list[str] = []
    """Names of the parameters in which the caller's explicit value wins; `*` stands for all."""
    kind: str = "chat"
    messages: list[Message] = []
    variables: list[Variable] = []


class Project(msgspec.Struct, frozen=True, kw_only=True):
    """What calls with a key of this project can reach."""

    id: str
    providers: dict[str, Provider] = {}
    aliases: dict[str, str] = {}
    """Alias to `provider/model`."""
    releases: dict[str, Release] = {}
    """By `name@environment`."""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """One consistent state of everything that the gateway serves by."""

    schema: int = SCHEMA
    revision: int
    keys: dict[str, Key] = {}
    """By the lower-case sha256 hex of the whole key text."""
    projects: dict[str, Project] = {}


class _Header(msgspec.Struct):
    schema: int


_header_decoder = msgspec.msgpack.Decoder(_Header)
_decoder = msgspec.msgpack.Decoder(Snapshot)


def encode(snapshot: Snapshot) -> bytes:
    """Return the snapshot as it travels and lies on disk."""
    return msgspec.msgpack.encode(snapshot)


def decode(data: bytes) -> Snapshot:
    """Read what `encode` wrote.

    Raises:
        InvalidInput: the bytes are damaged, or of a schema that this build does not know.
    """
    try:
        schema = _header_decoder.decode(data).schema
        if schema != SCHEMA:
            raise InvalidInput(
                f"the snapshot has schema {schema}, this gateway reads {SCHEMA}",
                hint="Run gateway and server from the same version.",
                code="unknown_snapshot_schema",
            )
        return _decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise InvalidInput(f"the snapshot cannot be read: {error}", code="damaged_snapshot") from error
