"""Amazon Bedrock, through its OpenAI-compatible door, with a bearer token."""

from typing import Final

from trimtab.gateway.providers.kind import ProviderKind

BEDROCK: Final = ProviderKind(
    kind="bedrock",
    title="Amazon Bedrock",
    base_url="https://bedrock-runtime.{region}.amazonaws.com/openai/v1",
    needs_base_url=True,
    secret_hint="An Amazon Bedrock API key (bearer token); signed requests are not used.",  # noqa: S106 - a hint, not a secret
    docs_note="The OpenAI-compatible door of a region. Models are named as in Bedrock, such as openai.gpt-oss-20b-1:0.",
)
