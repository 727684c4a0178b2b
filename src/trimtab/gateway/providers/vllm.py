"""vLLM, wherever it was started."""

from typing import Final

from trimtab.gateway.providers.kind import ProviderKind

VLLM: Final = ProviderKind(
    kind="vllm",
    title="vLLM",
    base_url="http://127.0.0.1:8000/v1",
    needs_base_url=True,
    needs_secret=False,
    docs_note="Your own server, started with vllm serve. A secret is needed only if it was started with --api-key.",
)
