"""Span attributes in OpenTelemetry's GenAI vocabulary, with `trimtab.*` for what it has no name for. Pure.

Usage totals in `gen_ai.usage.*` contain their subsets, as that vocabulary demands; the disjoint buckets are columns.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from trimtab.llm.call import Attempt, Call
from trimtab.llm.usage import Usage

_PROVIDER_NAMES: Final[Mapping[str, str]] = {
    "azure_openai": "azure.ai.openai",
    "bedrock": "aws.bedrock",
    "gemini": "gcp.gemini",
    "mistral": "mistral_ai",
}

_REQUEST_PARAMETERS: Final[Mapping[str, str]] = {
    "temperature": "gen_ai.request.temperature",
    "top_p": "gen_ai.request.top_p",
    "top_k": "gen_ai.request.top_k",
    "max_tokens": "gen_ai.request.max_tokens",
    "max_completion_tokens": "gen_ai.request.max_tokens",
    "stop": "gen_ai.request.stop_sequences",
    "seed": "gen_ai.request.seed",
    "frequency_penalty": "gen_ai.request.frequency_penalty",
    "presence_penalty": "gen_ai.request.presence_penalty",
    "n": "gen_ai.request.choice.count",
    "reasoning_effort": "gen_ai.request.reasoning.level",
}


def of_call(call: Call, usage: Usage) -> dict[str, str]:
    """Return the attributes of a call's root span."""
    found = {
        "gen_ai.operation.name": call.operation,
        "gen_ai.request.model": call.requested_model,
        "gen_ai.request.stream": _flag(call.stream),
        "http.response.status_code": str(call.status_code or ""),
        "error.type": call.error_code,
        "user.id": call.user_id,
        "session.id": call.session_id,
        "trimtab.request.id": call.request_id,
        "trimtab.environment": call.environment,
        "trimtab.key.id": call.key_id,
        "trimtab.feature": call.feature,
        "trimtab.team": call.team,
        "trimtab.sample": _flag(call.is_sample) if call.is_sample else "",
    }
    if call.prompt is not None:
        found |= {
            "gen_ai.prompt.name": call.prompt.name,
            "gen_ai.prompt.version": str(call.prompt.version),
            "trimtab.release.id": call.prompt.release_id,
            "trimtab.release.arm": call.prompt.arm,
            "trimtab.release.environment": call.prompt.environment,
        }
    found |= _usage(usage)
    found |= {f"trimtab.metadata.{name}": value for name, value in call.metadata.items()}
    return _present(found)


def of_attempt(call: Call, attempt: Attempt) -> dict[str, str]:
    """Return the attributes of one request to an upstream."""
    found = {
        "gen_ai.operation.name": call.operation,
        "gen_ai.provider.name": _PROVIDER_NAMES.get(attempt.provider_kind, attempt.provider_kind),
        "gen_ai.request.model": attempt.model,
        "gen_ai.request.stream": _flag(call.stream),
        "gen_ai.response.id": attempt.response_id,
        "gen_ai.response.model": attempt.response_model,
        "gen_ai.response.finish_reasons": _json(attempt.finish_reasons) if attempt.finish_reasons else "",
        "openai.response.service_tier": attempt.service_tier,
        "openai.response.system_fingerprint": attempt.system_fingerprint,
        "http.response.status_code": str(attempt.status_code or ""),
        "error.type": attempt.error_type,
        "trimtab.provider": attempt.provider,
    }
    if attempt.first_token_ns is not None:
        seconds = max(0, attempt.first_token_ns - attempt.started_ns) / 1e9
        found["gen_ai.response.time_to_first_chunk"] = f"{seconds:.6f}"
    found |= _request(call.parameters)
    if attempt.usage is not None:
        found |= _usage(attempt.usage)
    return _present(found)


def _request(raw: bytes) -> dict[str, str]:
    try:
        parameters = msgspec.json.decode(raw) if raw else {}
    except msgspec.DecodeError:
        return {}
    if not isinstance(parameters, dict):
        return {}
    return {
        attribute: _value(parameters[name]) for name, attribute in _REQUEST_PARAMETERS.items() if name in parameters
    }


def _usage(usage: Usage) -> dict[str, str]:
    counts = {
        "gen_ai.usage.input_tokens": usage.input_total,
        "gen_ai.usage.output_tokens": usage.output_total,
        "gen_ai.usage.cache_read.input_tokens": usage.cache_read,
        "gen_ai.usage.cache_write.input_tokens": usage.cache_write_5m + usage.cache_write_1h,
        "gen_ai.usage.reasoning.output_tokens": usage.reasoning,
    }
    return {name: str(count) for name, count in counts.items() if count}


def _present(found: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in found.items() if value}


def _flag(value: bool) -> str:  # noqa: FBT001 - a value to render
    return "true" if value else "false"


def _value(value: Any) -> str:  # noqa: ANN401 - any JSON
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:  # noqa: ANN401 - any JSON
    return msgspec.json.encode(value).decode()
