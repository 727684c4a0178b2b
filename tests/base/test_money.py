from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.base import money

AMOUNTS = st.decimals(min_value=-1_000_000, max_value=1_000_000, places=12, allow_nan=False, allow_infinity=False)


def test_a_float_is_refused_because_its_digits_are_not_what_was_written() -> None:
    with pytest.raises(TypeError, match="money is never a float"):
        money.usd(0.1)  # type: ignore[arg-type]


@given(AMOUNTS)
def test_picodollars_and_back_lose_nothing(amount: Decimal) -> None:
    assert money.from_pico(money.to_pico(amount)) == amount


def test_rounding_is_half_to_even_at_the_twelfth_place() -> None:
    assert money.usd("0.0000000000005") == Decimal("0E-12")
    assert money.usd("0.0000000000015") == Decimal("0.000000000002")


@given(st.lists(AMOUNTS))
def test_a_total_is_exact(amounts: list[Decimal]) -> None:
    assert money.total(amounts) == money.from_pico(sum(money.to_pico(amount) for amount in amounts))


def test_one_unknown_amount_makes_the_total_unknown() -> None:
    assert money.total([Decimal(1), None, Decimal(2)]) is None


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (Decimal("0.000000000001"), "0.000000000001"),
        (Decimal("1.500000000000"), "1.5"),
        (Decimal(100), "100"),
        (Decimal("1E+2"), "100"),
        (Decimal("0E-12"), "0"),
        (None, None),
    ],
)
def test_text_has_plain_digits(amount: Decimal | None, expected: str | None) -> None:
    assert money.text(amount) == expected
