"""Azure OpenAI, at the endpoint without dates (v1); its secret goes in a header of its own."""

from typing import Final

from trimtab.gateway.providers.kind import ProviderKind

AZURE_OPENAI: Final = ProviderKind(
    kind="azure_openai",
    title="Azure OpenAI",
    base_url="https://{resource}.openai.azure.com/openai/v1",
    needs_base_url=True,
    secret_hint="One of the two keys of the Azure OpenAI resource.",  # noqa: S106 - a hint, not a secret
    auth_header="api-key",
    auth_prefix="",
    docs_note="The v1 endpoint of your resource. The model of a call is the name of your deployment.",
)
