"""Groq."""

from typing import Final

from trimtab.gateway.providers.kind import ProviderKind

GROQ: Final = ProviderKind(
    kind="groq",
    title="Groq",
    base_url="https://api.groq.com/openai/v1",
    secret_hint="An API key that begins with gsk_, from console.groq.com.",  # noqa: S106 - a hint, not a secret
    docs_note="Call models as groq/<model>; their ids may hold slashes of their own.",
)
