"""OpenRouter; its list of models is open to everybody, so the secret is checked elsewhere."""

from typing import Final

from trimtab.gateway.providers.kind import ProviderKind

OPENROUTER: Final = ProviderKind(
    kind="openrouter",
    title="OpenRouter",
    base_url="https://openrouter.ai/api/v1",
    secret_hint="An API key that begins with sk-or-, from openrouter.ai.",  # noqa: S106 - a hint, not a secret
    probe_path="/key",
    docs_note="One key for many providers. Call models as openrouter/<vendor>/<model>.",
)
