"""The golden corpus: what each dialect sends for one call at each provider, and the buckets that it means.

One call at OpenAI read 1,000 tokens, 400 of them from the cache, and wrote 300, 120 of them reasoning. At Anthropic and
Bedrock it read 100 fresh tokens, 600 from the cache, wrote 300 to the cache, and answered with 200. At Gemini it read
1,000, 250 from the cache, answered with 80 and thought for 150. How that is counted is up to the dialect.
"""

import json
from dataclasses import dataclass
from typing import Any

OPENAI = {"input_uncached": 600, "cache_read": 400, "output_text": 180, "reasoning": 120}
CLAUDE = {"input_uncached": 100, "cache_read": 600, "cache_write_5m": 300, "output_text": 200}
GEMINI = {"input_uncached": 750, "cache_read": 250, "output_text": 80, "reasoning": 150}

# The list prices of the models, per million tokens, worked out by hand.
PRICES = {
    "openai": "0.0038",  # o3: 600 x 2 + 400 x 0.5 + 300 x 8
    "anthropic": "0.004605",  # claude-sonnet-4-5: 100 x 3 + 600 x 0.3 + 300 x 3.75 + 200 x 15
    "gemini": "0.0008075",  # gemini-2.5-flash: 750 x 0.3 + 250 x 0.03 + 230 x 2.5
    "bedrock": "0.0050655",  # the same Claude in a region of Bedrock, a tenth dearer
}
BUCKETS = {"openai": OPENAI, "anthropic": CLAUDE, "gemini": GEMINI, "bedrock": CLAUDE}
MODELS = {
    "openai": "o3",
    "anthropic": "claude-sonnet-4-5",
    "gemini": "gemini-2.5-flash",
    "bedrock": "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
}
CLAUDES = ("anthropic", "bedrock")


@dataclass(frozen=True, kw_only=True)
class Case:
    """One call as a dialect reports it."""

    dialect: str
    provider: str
    attributes: dict[str, Any]
    name: str = "call"
    note: str = ""

    @property
    def id(self) -> str:
        return "-".join(part for part in (self.dialect, self.provider, self.note) if part)


def _inclusive(provider: str) -> dict[str, int]:
    """Return the totals of the call, each with its parts within."""
    if provider == "openai":
        return {"input": 1000, "output": 300, "cache_read": 400, "reasoning": 120}
    if provider == "gemini":
        return {"input": 1000, "output": 230, "cache_read": 250, "reasoning": 150}
    return {"input": 1000, "output": 200, "cache_read": 600, "cache_write": 300}


def _renamed(counts: dict[str, int], names: dict[str, str]) -> dict[str, int]:
    return {names[name]: count for name, count in counts.items()}


_GEN_AI_PROVIDERS = {"openai": "openai", "anthropic": "anthropic", "gemini": "gcp.gemini", "bedrock": "aws.bedrock"}


def _gen_ai(provider: str) -> dict[str, Any]:
    names = {
        "input": "gen_ai.usage.input_tokens",
        "output": "gen_ai.usage.output_tokens",
        "cache_read": "gen_ai.usage.cache_read.input_tokens",
        "cache_write": "gen_ai.usage.cache_write.input_tokens",
        "reasoning": "gen_ai.usage.reasoning.output_tokens",
    }
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": _GEN_AI_PROVIDERS[provider],
        "gen_ai.request.model": MODELS[provider],
    } | _renamed(_inclusive(provider), names)


def _gen_ai_old(provider: str) -> dict[str, Any]:
    names = {
        "input": "gen_ai.usage.prompt_tokens",
        "output": "gen_ai.usage.completion_tokens",
        "cache_read": "gen_ai.usage.cache_read_input_tokens",
        "cache_write": "gen_ai.usage.cache_creation_input_tokens",
        "reasoning": "gen_ai.usage.reasoning_tokens",
    }
    counts = _inclusive(provider)
    systems = {"openai": "openai", "anthropic": "anthropic", "gemini": "vertex_ai", "bedrock": "AWS_Bedrock"}
    return {
        "gen_ai.system": systems[provider],
        "gen_ai.request.model": MODELS[provider],
        "llm.usage.total_tokens": counts["input"] + counts["output"],
    } | _renamed(counts, names)


def _openinference(provider: str) -> dict[str, Any]:
    names = {
        "input": "llm.token_count.prompt",
        "output": "llm.token_count.completion",
        "cache_read": "llm.token_count.prompt_details.cache_read",
        "cache_write": "llm.token_count.prompt_details.cache_write",
        "reasoning": "llm.token_count.completion_details.reasoning",
    }
    systems = {"openai": "openai", "anthropic": "anthropic", "gemini": "google", "bedrock": "aws"}
    counts = _inclusive(provider)
    return {
        "openinference.span.kind": "LLM",
        "llm.provider": systems[provider],
        "llm.model_name": MODELS[provider],
        "llm.token_count.total": counts["input"] + counts["output"],
    } | _renamed(counts, names)


def _traceloop(provider: str) -> dict[str, Any]:
    return _gen_ai_old(provider) | {
        "llm.request.type": "chat",
        "traceloop.workflow.name": "w",
        "gen_ai.prompt.0.role": "user",
        "gen_ai.prompt.0.content": "Where is Oslo?",
        "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.content": "In Norway.",
    }


def _vercel_6(provider: str) -> dict[str, Any]:
    names = {
        "input": "ai.usage.inputTokens",
        "output": "ai.usage.outputTokens",
        "cache_read": "ai.usage.inputTokenDetails.cacheReadTokens",
        "cache_write": "ai.usage.inputTokenDetails.cacheWriteTokens",
        "reasoning": "ai.usage.outputTokenDetails.reasoningTokens",
    }
    return _vercel_base(provider) | _renamed(_inclusive(provider), names)


_VERCEL_PROVIDERS = {
    "openai": "openai.responses",
    "anthropic": "anthropic.messages",
    "gemini": "google.generative-ai",
    "bedrock": "amazon-bedrock",
}


def _vercel_base(provider: str) -> dict[str, Any]:
    return {
        "ai.operationId": "ai.generateText.doGenerate",
        "ai.model.provider": _VERCEL_PROVIDERS[provider],
        "ai.model.id": MODELS[provider],
        "gen_ai.request.model": MODELS[provider],
        "gen_ai.system": _VERCEL_PROVIDERS[provider],
    }


def _vercel_5(provider: str) -> dict[str, Any]:
    if provider in CLAUDES:
        # As these providers count: the input without what was cached.
        metadata = (
            {"anthropic": {"cacheCreationInputTokens": 300}}
            if provider == "anthropic"
            else {"bedrock": {"usage": {"cacheWriteInputTokens": 300}}}
        )
        counts = {"ai.usage.inputTokens": 100, "ai.usage.outputTokens": 200, "ai.usage.totalTokens": 300}
        read = {"ai.usage.cachedInputTokens": 600, "ai.response.providerMetadata": json.dumps(metadata)}
        also = {"gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 200}
        return _vercel_base(provider) | counts | read | also
    whole = _inclusive(provider)
    return _vercel_base(provider) | {
        "ai.usage.inputTokens": whole["input"],
        "ai.usage.outputTokens": whole["output"],
        "ai.usage.totalTokens": whole["input"] + whole["output"],
        "ai.usage.cachedInputTokens": whole["cache_read"],
        "ai.usage.reasoningTokens": whole["reasoning"],
        "gen_ai.usage.input_tokens": whole["input"],
        "gen_ai.usage.output_tokens": whole["output"],
    }


def _langfuse(provider: str) -> dict[str, Any]:
    details = {
        "openai": {
            "input": 600,
            "input_cached_tokens": 400,
            "output": 180,
            "output_reasoning_tokens": 120,
            "total": 1300,
        },
        "gemini": {"input": 750, "input_cached_tokens": 250, "output": 80, "output_reasoning_tokens": 150},
    }.get(
        provider,
        {"input": 100, "cache_read_input_tokens": 600, "cache_creation_input_tokens": 300, "output": 200},
    )
    return {
        "langfuse.observation.type": "generation",
        "langfuse.observation.model.name": MODELS[provider],
        "langfuse.observation.usage_details": json.dumps(details),
        "langfuse.observation.input": json.dumps([{"role": "user", "content": "Where is Oslo?"}]),
    }


_OWN_USAGE: dict[str, dict[str, Any]] = {
    "openai": {
        "prompt_tokens": 1000,
        "completion_tokens": 300,
        "total_tokens": 1300,
        "prompt_tokens_details": {"cached_tokens": 400},
        "completion_tokens_details": {"reasoning_tokens": 120},
    },
    "gemini": {
        "prompt_token_count": 1000,
        "cached_content_token_count": 250,
        "candidates_token_count": 80,
        "thoughts_token_count": 150,
        "total_token_count": 1230,
    },
}


def _langfuse_openai(provider: str) -> dict[str, Any]:
    return _langfuse(provider) | {"langfuse.observation.usage_details": json.dumps(_OWN_USAGE[provider])}


def _mlflow(provider: str) -> dict[str, Any]:
    usage = {
        "openai": {
            "input_tokens": 1000,
            "output_tokens": 300,
            "total_tokens": 1300,
            "cache_read_input_tokens": 400,
            "reasoning_tokens": 120,
        },
        "gemini": {
            "input_tokens": 1000,
            "output_tokens": 80,
            "total_tokens": 1230,
            "cache_read_input_tokens": 250,
            "reasoning_tokens": 150,
        },
    }.get(
        provider,
        {
            "input_tokens": 100,
            "output_tokens": 200,
            "total_tokens": 300,
            "cache_read_input_tokens": 600,
            "cache_creation_input_tokens": 300,
        },
    )
    return {
        "mlflow.spanType": '"CHAT_MODEL"',
        "mlflow.spanInputs": json.dumps({"model": MODELS[provider], "messages": [{"role": "user", "content": "Hi"}]}),
        "mlflow.chat.tokenUsage": json.dumps(usage),
        "mlflow.message.format": json.dumps(provider),
    }


def _pydantic_ai(provider: str) -> dict[str, Any]:
    counts = _inclusive(provider)
    names = {
        "input": "gen_ai.usage.input_tokens",
        "output": "gen_ai.usage.output_tokens",
        "cache_read": "gen_ai.usage.details.cache_read_tokens",
        "cache_write": "gen_ai.usage.details.cache_write_tokens",
        "reasoning": "gen_ai.usage.details.reasoning_tokens",
    }
    systems = {"openai": "openai", "anthropic": "anthropic", "gemini": "google-gla", "bedrock": "bedrock"}
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.system": systems[provider],
        "gen_ai.request.model": MODELS[provider],
        "logfire.msg": "chat",
        "logfire.json_schema": "{}",
    } | _renamed(counts, names)


def _langsmith(provider: str) -> dict[str, Any]:
    counts = _inclusive(provider)
    usage = {
        "input_tokens": counts["input"],
        "output_tokens": counts["output"],
        "total_tokens": counts["input"] + counts["output"],
        "input_token_details": {"cache_read": counts["cache_read"], "cache_creation": counts.get("cache_write", 0)},
        "output_token_details": {"reasoning": counts.get("reasoning", 0)},
    }
    makers = {"openai": "openai", "anthropic": "anthropic", "gemini": "google_genai", "bedrock": "amazon_bedrock"}
    return {
        "langsmith.span.kind": "llm",
        "langsmith.metadata.ls_provider": makers[provider],
        "langsmith.metadata.ls_model_name": MODELS[provider],
        "langsmith.usage_metadata": json.dumps(usage),
        "gen_ai.usage.input_tokens": counts["input"],
        "gen_ai.usage.output_tokens": counts["output"],
    }


def _litellm(provider: str) -> dict[str, Any]:
    """Return what LiteLLM's callback says: the totals by name, what they contain as Python writes a dict."""
    counts = _inclusive(provider)
    details = {"cached_tokens": counts["cache_read"], "cache_creation_tokens": counts.get("cache_write", 0)}
    usage = {
        "prompt_tokens": counts["input"],
        "completion_tokens": counts["output"],
        "total_tokens": counts["input"] + counts["output"],
        "prompt_tokens_details": details | {"audio_tokens": None},
        "completion_tokens_details": {"reasoning_tokens": counts.get("reasoning", 0)},
    }
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.system": provider,
        "gen_ai.request.model": MODELS[provider],
        "gen_ai.usage.input_tokens": counts["input"],
        "gen_ai.usage.output_tokens": counts["output"],
        "gen_ai.usage.total_tokens": counts["input"] + counts["output"],
        "metadata.usage_object": repr(usage),
        "metadata.user_api_key_team_alias": "None",
    }


def _genkit(provider: str) -> dict[str, Any]:
    counts = _inclusive(provider)
    usage = {
        "inputTokens": counts["input"],
        "outputTokens": counts["output"] - counts["reasoning"],
        "thoughtsTokens": counts["reasoning"],
        "cachedContentTokens": counts["cache_read"],
    }
    makers = {"openai": "openai", "gemini": "googleai"}
    answer = {"message": {"role": "model", "content": [{"text": "In Norway."}]}, "usage": usage}
    return {
        "genkit:type": "action",
        "genkit:metadata:subtype": "model",
        "genkit:name": f"{makers[provider]}/{MODELS[provider]}",
        "genkit:input": json.dumps({"messages": [{"role": "user", "content": [{"text": "Where is Oslo?"}]}]}),
        "genkit:output": json.dumps(answer),
    }


def _genkit_claude(provider: str) -> dict[str, Any]:
    makers = {"anthropic": "anthropic", "bedrock": "aws-bedrock"}
    custom = {"cache_read_input_tokens": 600, "cache_creation_input_tokens": 300}
    answer = {
        "message": {"role": "model", "content": [{"text": "In Norway."}]},
        "usage": {"inputTokens": 100, "outputTokens": 200, "custom": custom},
    }
    return {
        "genkit:type": "action",
        "genkit:metadata:subtype": "model",
        "genkit:name": f"{makers[provider]}/{MODELS[provider]}",
        "genkit:output": json.dumps(answer),
    }


def _gen_ai_created(provider: str) -> dict[str, Any]:
    """Return the names between the old and the new ones: cache writes were called creation until August 2026."""
    found = _gen_ai(provider)
    written = found.pop("gen_ai.usage.cache_write.input_tokens")
    return found | {"gen_ai.usage.cache_creation.input_tokens": written}


def _gen_ai_by_modality(provider: str) -> dict[str, Any]:
    """Return a call whose totals are told for each modality alone."""
    found = _gen_ai(provider)
    return found | {
        "gen_ai.usage.text.input_tokens": found.pop("gen_ai.usage.input_tokens"),
        "gen_ai.usage.text.output_tokens": found.pop("gen_ai.usage.output_tokens"),
        "gen_ai.usage.text.cache_read.input_tokens": found["gen_ai.usage.cache_read.input_tokens"],
    }


def _gen_ai_details(provider: str) -> dict[str, Any]:
    """Return what senders make of a provider's own usage object, key by key."""
    names = {
        "input": "gen_ai.usage.prompt_tokens",
        "output": "gen_ai.usage.completion_tokens",
        "cache_read": "gen_ai.usage.prompt_tokens_details.cached_tokens",
        "reasoning": "gen_ai.usage.completion_tokens_details.reasoning_tokens",
    }
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.system": _GEN_AI_PROVIDERS[provider],
        "gen_ai.request.model": MODELS[provider],
    } | _renamed(_inclusive(provider), names)


def _adk_of_others(provider: str) -> dict[str, Any]:
    """Return what ADK says of a model behind LiteLLM: Google's names, and thoughts within the answer."""
    request = {"model": f"{provider}/{MODELS[provider]}", "contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
    usage = {
        "prompt_token_count": 1000,
        "cached_content_token_count": 400,
        "candidates_token_count": 300,
        "thoughts_token_count": 120,
        "total_token_count": 1300,
    }
    response = {"content": {"role": "model", "parts": [{"text": "In Norway."}]}, "usage_metadata": usage}
    return {
        "gen_ai.system": "gcp.vertex.agent",
        "gen_ai.request.model": request["model"],
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 300,
        "gcp.vertex.agent.llm_request": json.dumps(request),
        "gcp.vertex.agent.llm_response": json.dumps(response),
    }


def _adk(provider: str) -> dict[str, Any]:
    request = {"model": MODELS[provider], "contents": [{"role": "user", "parts": [{"text": "Where is Oslo?"}]}]}
    response = {"content": {"role": "model", "parts": [{"text": "In Norway."}]}, "usage_metadata": _OWN_USAGE[provider]}
    return {
        "gen_ai.system": "gcp.vertex.agent",
        "gen_ai.request.model": MODELS[provider],
        "gen_ai.usage.input_tokens": 1000,
        "gen_ai.usage.output_tokens": 80,
        "gcp.vertex.agent.llm_request": json.dumps(request),
        "gcp.vertex.agent.llm_response": json.dumps(response),
    }


def _livekit(provider: str) -> dict[str, Any]:
    counts = _inclusive(provider)
    metrics = {
        "prompt_tokens": counts["input"],
        "prompt_cached_tokens": counts["cache_read"],
        "completion_tokens": counts["output"],
        "total_tokens": counts["input"] + counts["output"],
        "ttft": 0.25,
    }
    return {
        "gen_ai.request.model": MODELS[provider],
        "lk.llm_metrics": json.dumps(metrics),
        "lk.response.text": "In Norway.",
    }


_ALL = ("openai", "anthropic", "gemini", "bedrock")

CASES = [
    *(Case(dialect="gen_ai", provider=each, attributes=_gen_ai(each)) for each in _ALL),
    *(Case(dialect="gen_ai", provider=each, attributes=_gen_ai_old(each), note="old") for each in _ALL),
    *(Case(dialect="openinference", provider=each, attributes=_openinference(each)) for each in _ALL),
    *(Case(dialect="traceloop", provider=each, attributes=_traceloop(each)) for each in _ALL),
    *(Case(dialect="vercel", provider=each, attributes=_vercel_6(each), note="6") for each in _ALL),
    *(Case(dialect="vercel", provider=each, attributes=_vercel_5(each), note="5") for each in _ALL),
    *(Case(dialect="langfuse", provider=each, attributes=_langfuse(each)) for each in _ALL),
    *(Case(dialect="langfuse", provider=each, attributes=_langfuse_openai(each), note="raw") for each in _OWN_USAGE),
    *(Case(dialect="mlflow", provider=each, attributes=_mlflow(each)) for each in _ALL),
    *(Case(dialect="logfire", provider=each, attributes=_pydantic_ai(each)) for each in _ALL),
    *(Case(dialect="langsmith", provider=each, attributes=_langsmith(each)) for each in _ALL),
    *(Case(dialect="litellm", provider=each, attributes=_litellm(each)) for each in _ALL),
    *(Case(dialect="genkit", provider=each, attributes=_genkit(each)) for each in ("openai", "gemini")),
    *(Case(dialect="genkit", provider=each, attributes=_genkit_claude(each)) for each in CLAUDES),
    *(Case(dialect="gen_ai", provider=each, attributes=_gen_ai_created(each), note="creation") for each in CLAUDES),
    *(Case(dialect="gen_ai", provider=each, attributes=_gen_ai_by_modality(each), note="modality") for each in _ALL),
    *(Case(dialect="gen_ai", provider=each, attributes=_gen_ai_details(each), note="details") for each in _OWN_USAGE),
    Case(dialect="adk", provider="openai", attributes=_adk_of_others("openai"), name="call_llm"),
    Case(dialect="adk", provider="gemini", attributes=_adk("gemini"), name="call_llm"),
    Case(dialect="livekit", provider="openai", attributes=_livekit("openai"), name="llm_request"),
]
