from collections.abc import Iterator

import pytest

from trimtab.base import errors


def _tree(root: type[errors.TrimtabError]) -> Iterator[type[errors.TrimtabError]]:
    yield root
    for child in root.__subclasses__():
        yield from _tree(child)


CLASSES = [each for each in _tree(errors.TrimtabError) if each.__module__ == errors.__name__]


@pytest.mark.parametrize("error", CLASSES)
def test_the_picture_at_the_top_shows_every_class(error: type[errors.TrimtabError]) -> None:
    assert error.__name__ in (errors.__doc__ or "")


def test_codes_are_not_shared() -> None:
    codes = [error.code for error in CLASSES]
    assert len(codes) == len(set(codes))


def test_an_exact_code_replaces_that_of_the_class() -> None:
    assert errors.NotFound("no prompt", code="prompt_not_found").exact_code == "prompt_not_found"
    assert errors.NotFound("no prompt").exact_code == "not_found"
