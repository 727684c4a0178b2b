"""Tokens of one attempt in buckets that do not overlap, so that each is counted and priced once.

Providers disagree on what their totals include: OpenAI's `prompt_tokens` and every `gen_ai.usage.*` total contain the
cached tokens, Anthropic's `input_tokens` and Langfuse's `usage_details` do not. Whoever reads a dialect turns it into
these buckets at once; nothing past that point knows of totals that contain one another.
"""

from enum import StrEnum

import msgspec


class UsageSource(StrEnum):
    """Where the counts come from. Zero tokens is a fact; `NONE` says that nobody knows."""

    PROVIDER = "provider"
    ESTIMATED = "estimated"
    NONE = "none"


class Usage(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """Disjoint token counts: the sum of the input buckets is what the model read, of the output ones what it wrote."""

    input_uncached: int = 0
    cache_read: int = 0
    cache_write_5m: int = 0
    cache_write_1h: int = 0
    input_audio: int = 0
    input_image: int = 0
    output_text: int = 0
    reasoning: int = 0
    output_audio: int = 0

    @property
    def input_total(self) -> int:
        """All tokens that the model read, cached or not."""
        return (
            self.input_uncached
            + self.cache_read
            + self.cache_write_5m
            + self.cache_write_1h
            + self.input_audio
            + self.input_image
        )

    @property
    def output_total(self) -> int:
        """All tokens that the model wrote, reasoning included."""
        return self.output_text + self.reasoning + self.output_audio


BUCKETS: tuple[str, ...] = Usage.__struct_fields__
"""The names of the buckets, in the order in which every table and screen shows them."""
