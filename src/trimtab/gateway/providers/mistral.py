"""Mistral; it reports the usage of a stream unasked, and refuses parameters that it does not know."""

from typing import Final

from trimtab.gateway.providers.kind import ProviderKind

MISTRAL: Final = ProviderKind(
    kind="mistral",
    title="Mistral",
    base_url="https://api.mistral.ai/v1",
    secret_hint="An API key from console.mistral.ai.",  # noqa: S106 - a hint, not a secret
    stream_usage=False,
    docs_note="Streams carry their usage unasked.",
)
