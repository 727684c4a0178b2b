"""From totals to disjoint buckets. The one place that knows what contains what, and what to believe when in doubt.

`gen_ai`, OpenAI and OpenInference count cached tokens within the input and reasoning within the output (inclusive);
Anthropic's own numbers and Langfuse's `usage_details` do not (exclusive). Some senders use the inclusive names for
exclusive numbers. They give themselves away: a part is larger than its whole, or the grand total only adds up one way.
"""

from typing import Any, Final

import msgspec

from trimtab.llm.usage import Usage

_MOST: Final = 1_000_000_000
"""A thousand times the largest context window: beyond it a number is not a count of tokens."""


class Counts(msgspec.Struct, kw_only=True, gc=False):
    """Counts as a dialect has them. None is unknown, which is not zero."""

    input: int | None = None
    output: int | None = None
    cache_read: int = 0
    cache_write: int = 0
    """All cache writes, those kept for an hour included."""
    cache_write_1h: int = 0
    reasoning: int = 0
    input_audio: int = 0
    input_image: int = 0
    output_audio: int = 0
    total: int | None = None


def inclusive(counts: Counts) -> Usage | None:
    """Return the buckets of counts whose totals should contain their parts, or None when nothing is known."""
    if counts.input is None and counts.output is None:
        return None
    whole_in, whole_out = counts.input or 0, counts.output or 0
    cached = counts.cache_read + counts.cache_write
    thought = counts.reasoning
    total = counts.total
    if cached and (cached > whole_in or _adds_up(total, whole_in + whole_out + cached, thought)):
        whole_in += cached
    if thought and (thought > whole_out or (total is not None and total == whole_in + whole_out + thought)):
        whole_out += thought
    one_hour = min(counts.cache_write_1h, counts.cache_write)
    return Usage(
        input_uncached=max(0, whole_in - cached - counts.input_audio - counts.input_image),
        cache_read=counts.cache_read,
        cache_write_5m=counts.cache_write - one_hour,
        cache_write_1h=one_hour,
        input_audio=counts.input_audio,
        input_image=counts.input_image,
        output_text=max(0, whole_out - thought - counts.output_audio),
        reasoning=thought,
        output_audio=counts.output_audio,
    )


def _adds_up(total: int | None, expected: int, thought: int) -> bool:
    return total is not None and total in (expected, expected + thought)


def exclusive(counts: Counts, *, reasoning_apart: bool = True) -> Usage | None:
    """Return the buckets of counts whose input leaves out what was cached.

    `reasoning_apart` says that the output leaves out reasoning too; Anthropic's does not, Langfuse's does.
    """
    if counts.input is None and counts.output is None:
        return None
    cached = counts.cache_read + counts.cache_write
    if cached and counts.total == (counts.input or 0) + (counts.output or 0) and cached <= (counts.input or 0):
        # The grand total has no room for the cached tokens beside the input: they are within it.
        return inclusive(counts)
    one_hour = min(counts.cache_write_1h, counts.cache_write)
    whole_out = counts.output or 0
    if not reasoning_apart and counts.reasoning <= whole_out:
        whole_out -= counts.reasoning
    return Usage(
        input_uncached=counts.input or 0,
        cache_read=counts.cache_read,
        cache_write_5m=counts.cache_write - one_hour,
        cache_write_1h=one_hour,
        input_audio=counts.input_audio,
        input_image=counts.input_image,
        output_text=whole_out,
        reasoning=counts.reasoning,
        output_audio=counts.output_audio,
    )


def count(value: Any) -> int | None:  # noqa: ANN401 - any attribute
    """Return a count of tokens, or None when the value is none: absent, negative, not a number, or absurd."""
    if type(value) is int:
        return value if 0 <= value <= _MOST else None
    if isinstance(value, str) and value.isdecimal() and len(value) < 11:  # noqa: PLR2004 - digits of the bound
        return count(int(value))
    if isinstance(value, float) and value.is_integer():
        return count(int(value))
    return None


def first(found: dict[str, Any], *names: str) -> int | None:
    """Return the first count that is there under one of the names."""
    for name in names:
        if name in found and (tokens := count(found[name])) is not None:
            return tokens
    return None


def of_provider(usage: dict[str, Any]) -> Usage | None:
    """Return the buckets of a usage object as a provider wrote it: OpenAI's, Anthropic's, Gemini's or Bedrock's."""
    if "promptTokenCount" in usage or "prompt_token_count" in usage or "candidatesTokenCount" in usage:
        return _gemini(usage)
    if "prompt_tokens" in usage or "completion_tokens" in usage or "input_tokens_details" in usage:
        return _openai(usage)
    if "inputTokens" in usage or "outputTokens" in usage:
        return exclusive(
            Counts(
                input=first(usage, "inputTokens"),
                output=first(usage, "outputTokens"),
                cache_read=first(usage, "cacheReadInputTokens", "cacheReadInputTokenCount") or 0,
                cache_write=first(usage, "cacheWriteInputTokens", "cacheWriteInputTokenCount") or 0,
            )
        )
    return _anthropic(usage)


def _openai(usage: dict[str, Any]) -> Usage | None:
    said = _object(usage, "prompt_tokens_details", "input_tokens_details")
    wrote = _object(usage, "completion_tokens_details", "output_tokens_details")
    return inclusive(
        Counts(
            input=first(usage, "prompt_tokens", "input_tokens"),
            output=first(usage, "completion_tokens", "output_tokens"),
            cache_read=first(said, "cached_tokens") or 0,
            cache_write=first(said, "cache_write_tokens", "cache_creation_tokens") or 0,
            input_audio=first(said, "audio_tokens") or 0,
            input_image=first(said, "image_tokens") or 0,
            reasoning=first(wrote, "reasoning_tokens") or 0,
            output_audio=first(wrote, "audio_tokens") or 0,
            total=first(usage, "total_tokens"),
        )
    )


def _anthropic(usage: dict[str, Any]) -> Usage | None:
    by_life = _object(usage, "cache_creation")
    return exclusive(
        Counts(
            input=first(usage, "input_tokens"),
            output=first(usage, "output_tokens"),
            cache_read=first(usage, "cache_read_input_tokens") or 0,
            cache_write=first(usage, "cache_creation_input_tokens") or 0,
            cache_write_1h=first(by_life, "ephemeral_1h_input_tokens") or 0,
        )
    )


def _gemini(usage: dict[str, Any]) -> Usage | None:
    # Cached content is within the prompt; thoughts are beside the candidates.
    thought = first(usage, "thoughtsTokenCount", "thoughts_token_count") or 0
    wrote = first(usage, "candidatesTokenCount", "candidates_token_count")
    audio = sum(
        count(detail.get("tokenCount", detail.get("token_count"))) or 0
        for detail in usage.get("promptTokensDetails") or usage.get("prompt_tokens_details") or []
        if isinstance(detail, dict) and detail.get("modality") == "AUDIO"
    )
    read = first(usage, "promptTokenCount", "prompt_token_count")
    tools = first(usage, "toolUsePromptTokenCount", "tool_use_prompt_token_count") or 0
    total = first(usage, "totalTokenCount", "total_token_count")
    # Of another provider's model behind Google's names, thoughts are within: the grand total gives it away.
    is_within = bool(thought) and wrote is not None and total == (read or 0) + tools + wrote
    return inclusive(
        Counts(
            input=None if read is None else read + tools,
            output=wrote if is_within or (wrote is None and not thought) else (wrote or 0) + thought,
            cache_read=first(usage, "cachedContentTokenCount", "cached_content_token_count") or 0,
            reasoning=thought,
            input_audio=audio,
        )
    )


def _object(parent: dict[str, Any], *names: str) -> dict[str, Any]:
    for name in names:
        if isinstance(found := parent.get(name), dict):
            return found
    return {}
