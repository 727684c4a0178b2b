"""Passwords are kept as Argon2id with today's parameters."""

import pytest
from argon2 import PasswordHasher
from argon2.low_level import Type

from trimtab.base.errors import InvalidInput
from trimtab.identity import passwords, tokens


def test_a_hash_names_argon2id_and_the_parameters_of_owasp() -> None:
    assert passwords.hash_of("correct horse").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_only_the_same_password_is_right() -> None:
    kept = passwords.hash_of("correct horse")
    assert passwords.is_right("correct horse", kept)
    assert not passwords.is_right("correct horsE", kept)
    assert not passwords.is_right("", kept)


def test_nothing_is_right_for_an_account_that_does_not_exist() -> None:
    assert not passwords.is_right("correct horse", None)


def test_a_damaged_hash_lets_nobody_in() -> None:
    assert not passwords.is_right("correct horse", "not a hash")


def test_a_hash_with_older_parameters_is_outdated() -> None:
    older = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1, type=Type.ID).hash("correct horse")
    assert passwords.is_outdated(older)
    assert not passwords.is_outdated(passwords.hash_of("correct horse"))


@pytest.mark.parametrize("length", [0, 9, 257])
def test_a_new_password_is_neither_short_nor_endless(length: int) -> None:
    with pytest.raises(InvalidInput, match=f"found {length}"):
        passwords.check("x" * length)


def test_a_key_is_the_prefix_and_43_characters() -> None:
    key = tokens.new_key()
    assert key.startswith("tt_")
    assert len(key) == 46
    assert tokens.label(key) == key[:8]


def test_generated_passwords_are_long_enough_and_differ() -> None:
    made = {tokens.new_password() for _ in range(50)}
    assert len(made) == 50
    for password in made:
        passwords.check(password)
