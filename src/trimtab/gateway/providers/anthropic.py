"""Anthropic, through its endpoint that speaks OpenAI's dialect; the list of models is in its own."""

from typing import Final

from trimtab.gateway.providers.kind import ProviderKind

ANTHROPIC: Final = ProviderKind(
    kind="anthropic",
    title="Anthropic",
    base_url="https://api.anthropic.com/v1",
    secret_hint="An API key that begins with sk-ant-, from console.anthropic.com.",  # noqa: S106 - a hint, not a secret
    models_header="x-api-key",
    models_headers={"anthropic-version": "2023-06-01"},
    docs_note="Used through its OpenAI-compatible endpoint. Parameters that Claude does not know are ignored there.",
)
