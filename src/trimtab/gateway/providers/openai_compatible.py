"""Anything else that answers OpenAI's chat completions."""

from typing import Final

from trimtab.gateway.providers.kind import ProviderKind

OPENAI_COMPATIBLE: Final = ProviderKind(
    kind="openai_compatible",
    title="Other, OpenAI-compatible",
    base_url="https://{host}/v1",
    needs_base_url=True,
    needs_secret=False,
    docs_note="Anything that answers POST /chat/completions under its base URL as OpenAI does.",
)
