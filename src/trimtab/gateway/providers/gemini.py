"""Google Gemini, through its endpoint that speaks OpenAI's dialect."""

from typing import Final

from trimtab.gateway.providers.kind import ProviderKind

GEMINI: Final = ProviderKind(
    kind="gemini",
    title="Google Gemini",
    base_url="https://generativelanguage.googleapis.com/v1beta/openai",
    secret_hint="An API key from aistudio.google.com.",  # noqa: S106 - a hint, not a secret
    model_prefix="models/",
    docs_note="Used through its OpenAI-compatible endpoint. Call models as gemini/<model>.",
)
