"""What names must look like."""

import pytest

from trimtab.base.errors import InvalidInput
from trimtab.identity import naming


def test_space_around_a_name_is_dropped() -> None:
    assert naming.name("  Ada's team ", "a name") == "Ada's team"


@pytest.mark.parametrize("text", ["", "   ", "x" * 101, "a\x00b", "a\nb", "a\x7fb", "a\ud800b"])
def test_a_name_that_stores_or_screens_cannot_hold_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="a name"):
        naming.name(text, "a name")


@pytest.mark.parametrize("text", ["a", "eu-west-1", "x" * 40])
def test_a_short_name_is_kept_as_it_is(text: str) -> None:
    assert naming.slug(text, "a short name") == text


@pytest.mark.parametrize("text", ["", "1a", "-a", "Abc", "a_b", "a b", "x" * 41, "a\n", "é"])
def test_a_short_name_that_cannot_stand_in_a_url_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="must be 1 to 40 characters"):
        naming.slug(text, "a short name")


def test_an_address_is_kept_in_lower_case() -> None:
    assert naming.email(" Ada@Example.COM ") == "ada@example.com"


@pytest.mark.parametrize(
    "text", ["", "ada", "ada@", "@b", "a b@c", "a@b@c", "a\x00@b", "x" * 65 + "@b", "a@" + "b" * 254]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="expected an e-mail address"):
        naming.email(text)
