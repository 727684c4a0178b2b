"""OpenAI itself."""

from typing import Final

from trimtab.gateway.providers.kind import ProviderKind

OPENAI: Final = ProviderKind(
    kind="openai",
    title="OpenAI",
    base_url="https://api.openai.com/v1",
    secret_hint="An API key that begins with sk-, from platform.openai.com.",  # noqa: S106 - a hint, not a secret
    docs_note="Call models as openai/<model>, such as openai/gpt-5-mini.",
)
