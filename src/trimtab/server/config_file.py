"""Providers as lines of `trimtab.toml`, for those who keep their set-up in a file rather than click it together.

    [providers]
    openai = "env:OPENAI_API_KEY"                 # the kind is the name, the key comes from the environment

    [providers.azure]                              # the long form
    kind = "azure_openai"
    base_url = "https://example.openai.azure.com/openai/v1"
    secret = "env:AZURE_OPENAI_API_KEY"
    models = ["gpt-5"]

Pure: what was read goes in, lines or problems come out. They are applied at every start, and applying them again
changes nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

_FROM_ENVIRONMENT = "env:"
_TEXTS = ("kind", "secret", "base_url")
_KNOWN = (*_TEXTS, "keep_alive", "models", "headers")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderLine:
    """One provider as the file has it. An empty `base_url` means that of the kind, `keep_alive` None what suits it."""

    name: str
    kind: str
    secret: str = field(default="", repr=False)
    base_url: str = ""
    keep_alive: bool | None = None
    models: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def parse(table: object, environment: Mapping[str, str], problems: list[str]) -> tuple[ProviderLine, ...]:
    """Return the providers of the `[providers]` table; what cannot be used is added to `problems`, one line each.

    Args:
        table: what stands under `providers` in the file.
        environment: where `env:NAME` finds the secret.
        problems: grows by a line for each thing that cannot be used. A line never holds a secret.
    """
    if not isinstance(table, Mapping):
        problems.append('`providers` must be a table of lines such as openai = "env:OPENAI_API_KEY"')
        return ()
    lines = []
    for name, entry in table.items():
        content = {"secret": entry} if isinstance(entry, str) else entry
        if not isinstance(content, Mapping):
            problems.append(f"providers.{name}: expected a key in quotes, or a table, found {type(content).__name__}")
            continue
        found = [f"providers.{name}: {problem}" for problem in _problems_of(content)]
        secret = _secret(name, content.get("secret", ""), environment, found)
        problems.extend(found)
        if not found:
            lines.append(_line(name, content, secret))
    return tuple(lines)


def _line(name: str, content: Mapping[str, object], secret: str) -> ProviderLine:
    models, headers, keep_alive = content.get("models", ()), content.get("headers", {}), content.get("keep_alive")
    return ProviderLine(
        name=name,
        kind=str(content.get("kind", name)),
        secret=secret,
        base_url=str(content.get("base_url", "")),
        keep_alive=keep_alive if isinstance(keep_alive, bool) else None,
        models=tuple(models) if isinstance(models, list) else (),
        headers=dict(headers) if isinstance(headers, Mapping) else {},
    )


def _problems_of(content: Mapping[str, object]) -> Iterator[str]:
    for key, value in content.items():
        if key not in _KNOWN:
            yield f"there is no field {key!r}; known: {', '.join(_KNOWN)}"
        elif key in _TEXTS and not isinstance(value, str):
            yield f"{key} must be text, found {type(value).__name__}"
        elif key == "keep_alive" and not isinstance(value, bool):
            yield f"keep_alive must be true or false, found {value!r}"
        elif key == "models" and not _is_texts(value):
            yield "models must be a list of names in quotes"
        elif key == "headers" and not (isinstance(value, Mapping) and _is_texts(list(value.values()))):
            yield "headers must be a table of texts"


def _secret(name: str, written: object, environment: Mapping[str, str], problems: list[str]) -> str:
    if not isinstance(written, str) or not written.startswith(_FROM_ENVIRONMENT):
        return written if isinstance(written, str) else ""
    variable = written.removeprefix(_FROM_ENVIRONMENT)
    value = environment.get(variable, "")
    if not value:
        problems.append(f"providers.{name}: the variable {variable!r} that holds its key is not set")
    return value


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)
