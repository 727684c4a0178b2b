"""What a release may fix: pure rules."""

import math
from typing import Any

import pytest

from trimtab.base.errors import InvalidInput
from trimtab.releases.release import check_model, check_overridable, check_parameters


def test_parameters_of_openai_pass_without_a_warning() -> None:
    assert check_parameters({"temperature": 0.2, "max_tokens": 100, "response_format": {"type": "json_object"}}) == []


def test_an_unknown_parameter_is_a_warning_with_a_near_name() -> None:
    (warning,) = check_parameters({"max_token": 5})
    assert warning == "parameter 'max_token' is not one of OpenAI's; it is sent as it is; did you mean 'max_tokens'?"


@pytest.mark.parametrize(
    "parameters",
    [
        {"model": "x"},
        {"messages": []},
        {"stream": True},
        {"stream_options": {}},
        {"": 1},
        {"a b": 1},
        {"temperature": 2.5},
        {"temperature": "hot"},
        {"temperature": True},
        {"top_p": -0.1},
        {"max_tokens": 0},
        {"seed": math.nan},
        {"stop": "x" * 100_001},
    ],
)
def test_parameters_that_cannot_be_fixed_are_refused(parameters: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        check_parameters(parameters)


@pytest.mark.parametrize("model", ["", " openai/gpt", "openai/g p t", "x" * 301, "/gpt", "a\nb"])
def test_what_cannot_name_a_model_is_refused(model: str) -> None:
    with pytest.raises(InvalidInput, match="cannot name a model"):
        check_model(model)


def test_overridable_names_are_kept_once_and_in_order() -> None:
    assert check_overridable(["top_p", "temperature", "top_p"]) == ("temperature", "top_p")
    assert check_overridable(["*"]) == ("*",)
    with pytest.raises(InvalidInput, match="cannot be overridable"):
        check_overridable(["messages"])
