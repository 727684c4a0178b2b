"""A call that an application rendered itself says which release it came from."""

import pytest

from trimtab.llm import prompt_header
from trimtab.llm.call import PromptRef

REF = PromptRef(name="support/an-swer_1.b", version=12, release_id="rel_01k", environment="eu-production", arm="main")


def test_what_is_written_is_read_back() -> None:
    value = prompt_header.write(REF)
    assert value == "support/an-swer_1.b@eu-production; version=12; release=rel_01k; arm=main"
    assert prompt_header.read(value) == REF


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "support/answer",
        "é@b",
        "a@b; version=1; release=r",
        "a@b; version=0; release=r; arm=m",
        "a@b; version=9999999999; release=r; arm=m",
        "a@b; version=1; release=r; arm=m\n",
        "a b@c; version=1; release=r; arm=m",
    ],
)
def test_what_cannot_be_read_is_left_out(value: str | None) -> None:
    assert prompt_header.read(value) is None
