"""A call whose messages the application rendered itself is counted under its prompt."""

from tests.gateway.stage import Gateway, chat

from trimtab.llm.call import PromptRef

HEADER = {"x-trimtab-prompt": "support/answer@production; version=7; release=rel_x; arm=main"}


def test_the_sdks_header_names_the_prompt_of_a_call(gateway: Gateway) -> None:
    call = gateway.record_of(gateway.call(chat(), headers=HEADER))
    assert call.prompt == PromptRef(name="support/answer", version=7, release_id="rel_x", environment="production")


def test_a_prompt_that_the_gateway_renders_goes_before_the_header(gateway: Gateway) -> None:
    body = {"model": "prompt:support/answer", "messages": [], "metadata": {"product": "P", "question": "Q"}}
    call = gateway.record_of(gateway.call(body, headers=HEADER))
    assert call.prompt is not None
    assert call.prompt.release_id != "rel_x"
