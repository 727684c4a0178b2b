"""Names of providers, of which every vocabulary has its own, as Trimtab's kinds: the keys into the price book."""

from typing import Final

_KINDS: Final = {
    "openai": "openai",
    "openai.chat": "openai",
    "openai.responses": "openai",
    "openai.completion": "openai",
    "openai.embedding": "openai",
    "anthropic": "anthropic",
    "anthropic.messages": "anthropic",
    "claude": "anthropic",
    "aws.bedrock": "bedrock",
    "aws_bedrock": "bedrock",
    "aws-bedrock": "bedrock",
    "amazon_bedrock": "bedrock",
    "amazon-bedrock": "bedrock",
    "amazon bedrock": "bedrock",
    "bedrock": "bedrock",
    "aws": "bedrock",
    "az.ai.openai": "azure_openai",
    "azure.ai.openai": "azure_openai",
    "azure.ai.inference": "azure_openai",
    "az.ai.inference": "azure_openai",
    "azure": "azure_openai",
    "azure-openai": "azure_openai",
    "azure_openai": "azure_openai",
    "azure-openai.chat": "azure_openai",
    "gcp.gemini": "gemini",
    "gcp.vertex_ai": "gemini",
    "gcp.gen_ai": "gemini",
    "gcp.vertex.agent": "gemini",
    "gemini": "gemini",
    "google": "gemini",
    "google-gla": "gemini",
    "google-vertex": "gemini",
    "google.generative-ai": "gemini",
    "google.vertex.chat": "gemini",
    "google_genai": "gemini",
    "google_vertexai": "gemini",
    "vertex_ai": "gemini",
    "vertexai": "gemini",
    "googleai": "gemini",
    "mistral_ai": "mistral",
    "mistralai": "mistral",
    "mistral": "mistral",
    "mistral.chat": "mistral",
    "x_ai": "x-ai",
    "xai": "x-ai",
    "xai.chat": "x-ai",
    "grok": "x-ai",
    "groq": "groq",
    "groq.chat": "groq",
    "deepseek": "deepseek",
    "deepseek.chat": "deepseek",
    "cohere": "cohere",
    "cohere.chat": "cohere",
    "moonshot_ai": "moonshotai",
    "perplexity": "perplexity",
    "openrouter": "openrouter",
    "together": "together",
    "together_ai": "together",
    "fireworks": "fireworks",
    "ollama": "ollama",
    "vllm": "vllm",
    "cerebras": "cerebras",
}

_BY_MODEL: Final = (
    (("gpt-", "chatgpt-", "o1", "o3", "o4", "text-embedding-", "davinci", "babbage"), "openai"),
    (("claude",), "anthropic"),
    (("gemini", "text-embedding-00", "learnlm"), "gemini"),
    (("mistral", "codestral", "ministral", "magistral", "pixtral", "open-mixtral"), "mistral"),
    (("deepseek-",), "deepseek"),
    (("grok-",), "x-ai"),
    (("command-", "embed-", "rerank-"), "cohere"),
    (
        (
            "anthropic.",
            "us.anthropic.",
            "eu.anthropic.",
            "apac.anthropic.",
            "global.anthropic.",
            "amazon.",
            "us.amazon.",
            "eu.amazon.",
            "meta.llama",
            "us.meta.",
        ),
        "bedrock",
    ),
)


def kind(name: str, model: str) -> str:
    """Return the kind of the provider `name`; when it says nothing known, that of whoever makes `model`, or the name.

    An unknown name is kept: a price may be added for it, and until then the call is unpriced, not zero.
    """
    lowered = name.lower()
    found = _KINDS.get(lowered)
    if found is not None:
        return found
    if lowered:
        found = _KINDS.get(lowered.partition(".")[0])
        return found if found is not None else lowered
    return maker(model)


def maker(model: str) -> str:
    """Return the kind of whoever makes the model, by the beginning of its name, or empty text."""
    lowered = model.lower()
    for starts, found in _BY_MODEL:
        if lowered.startswith(starts):
            return found
    return ""
