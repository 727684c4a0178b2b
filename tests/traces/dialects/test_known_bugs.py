"""Costs that another product is known to have got wrong, each by the number of its report (langfuse/langfuse#…)."""

import json
from decimal import Decimal
from typing import Any

from tests.traces.application import Application
from tests.traces.payload import accepted, child, span


def _only(app: Application, found: dict[str, Any]) -> dict[str, Any]:
    sent = span("call", found)
    accepted(app, sent)
    return app.spans(sent["traceId"])["call"]


def _buckets(found: dict[str, Any]) -> dict[str, int]:
    return {bucket: count for bucket, count in found["usage"].items() if count}


def test_17117_the_current_name_of_cache_writes_is_known_and_priced(app: Application) -> None:
    found = _only(
        app,
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "anthropic",
            "gen_ai.request.model": "claude-sonnet-4-5",
            "gen_ai.usage.input_tokens": 300,
            "gen_ai.usage.output_tokens": 10,
            "gen_ai.usage.cache_read.input_tokens": 40,
            "gen_ai.usage.cache_write.input_tokens": 25,
        },
    )
    assert _buckets(found) == {"input_uncached": 235, "cache_read": 40, "cache_write_5m": 25, "output_text": 10}
    # 235 x 3 + 40 x 0.3 + 25 x 3.75 + 10 x 15 = 960.75
    assert Decimal(found["cost_usd"]) == Decimal("0.00096075")


def test_12306_an_input_that_contains_the_cache_is_not_counted_twice(app: Application) -> None:
    found = _only(
        app,
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.system": "anthropic",
            "gen_ai.request.model": "claude-sonnet-4-5",
            "gen_ai.usage.input_tokens": 130_213,
            "gen_ai.usage.cache_read_tokens": 128_955,
            "gen_ai.usage.cache_write_tokens": 1_253,
            "gen_ai.usage.output_tokens": 100,
            "logfire.msg": "chat claude",
        },
    )
    assert _buckets(found) == {
        "input_uncached": 5,
        "cache_read": 128_955,
        "cache_write_5m": 1_253,
        "output_text": 100,
    }
    # 5 x 3 + 128955 x 0.3 + 1253 x 3.75 + 100 x 15 = 44900.25
    assert Decimal(found["cost_usd"]) == Decimal("0.04490025")


def test_12635_a_session_of_46_turns_costs_what_its_turns_cost(app: Application) -> None:
    root = span("agent run", {"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 46 * 20_000})
    turns = []
    expected = Decimal(0)
    for turn in range(46):
        fresh, read, wrote, said = 12, 15_000 + 200 * turn, 200, 150
        turns.append(
            child(
                root,
                f"turn {turn}",
                {
                    "openinference.span.kind": "LLM",
                    "llm.provider": "anthropic",
                    "llm.model_name": "claude-sonnet-4-5",
                    "llm.token_count.prompt": fresh + read + wrote,
                    "llm.token_count.completion": said,
                    "llm.token_count.prompt_details.cache_read": read,
                    "llm.token_count.prompt_details.cache_write": wrote,
                },
            )
        )
        expected += (fresh * 3 + read * Decimal("0.3") + wrote * Decimal("3.75") + said * 15) / 1_000_000
    accepted(app, root, *turns)
    (listed,) = app.traces()
    assert Decimal(listed["cost_usd"]) == expected
    assert listed["input_tokens"] == sum(12 + 15_000 + 200 * turn + 200 for turn in range(46))
    totals = app.get("/overview")["totals"]
    assert (totals["requests"], Decimal(totals["cost_usd"])) == (46, expected)


def test_13571_openinference_names_of_the_cache_are_known(app: Application) -> None:
    found = _only(
        app,
        {
            "openinference.span.kind": "LLM",
            "llm.provider": "openai",
            "llm.model_name": "gpt-4o",
            "llm.token_count.prompt": 2006,
            "llm.token_count.completion": 300,
            "llm.token_count.prompt_details.cache_read": 1920,
            "llm.token_count.prompt_details.cache_write": 0,
        },
    )
    assert _buckets(found) == {"input_uncached": 86, "cache_read": 1920, "output_text": 300}
    # 86 x 2.5 + 1920 x 1.25 + 300 x 10 = 5615
    assert Decimal(found["cost_usd"]) == Decimal("0.005615")


def test_10592_a_wrapper_that_left_the_cache_within_the_input_gives_itself_away(app: Application) -> None:
    details = {"input": 17_903, "output": 50, "total": 17_953, "input_cached_tokens": 17_817}
    found = _only(
        app,
        {
            "langfuse.observation.type": "generation",
            "langfuse.observation.model.name": "gpt-4o",
            "langfuse.observation.usage_details": json.dumps(details),
        },
    )
    assert _buckets(found) == {"input_uncached": 86, "cache_read": 17_817, "output_text": 50}
    # 86 x 2.5 + 17817 x 1.25 + 50 x 10 = 22986.25
    assert Decimal(found["cost_usd"]) == Decimal("0.02298625")


def test_an_exclusive_input_under_an_inclusive_name_gives_itself_away(app: Application) -> None:
    bedrock = {
        "gen_ai.operation.name": "chat",
        "gen_ai.system": "anthropic",
        "gen_ai.request.model": "claude-sonnet-4-5",
        "gen_ai.usage.input_tokens": 900,
        "gen_ai.usage.output_tokens": 100,
        "gen_ai.usage.cache_read_input_tokens": 600,
    }
    by_total = _only(app, bedrock | {"gen_ai.usage.total_tokens": 1600})
    assert _buckets(by_total) == {"input_uncached": 900, "cache_read": 600, "output_text": 100}
    by_size = _only(app, bedrock | {"gen_ai.usage.input_tokens": 5})
    assert _buckets(by_size) == {"input_uncached": 5, "cache_read": 600, "output_text": 100}
    as_named = _only(app, bedrock)
    assert _buckets(as_named) == {"input_uncached": 300, "cache_read": 600, "output_text": 100}
