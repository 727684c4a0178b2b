"""Numbers that prove themselves: cards, accounts, and the identity numbers of states. Pure.

A checksum is what tells an identity number from any other number of the same length, so only those count that have one
or a form that nothing else has.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

Span = tuple[int, int]
"""Where a find begins and ends within a text."""

_WORD: Final = re.compile(r"[0-9A-Za-z]+")
_SPANISH: Final = "TRWAGMYFPDXBNJZSQVHLCKE"
_ITALIAN_ODD: Final = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (
            1,
            0,
            5,
            7,
            9,
            13,
            15,
            17,
            19,
            21,
            *(1, 0, 5, 7, 9, 13, 15, 17, 19),
            *(21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23),
        ),
        strict=True,
    )
)
_POLISH: Final = (1, 3, 7, 9, 1, 3, 7, 9, 1, 3)


def digits_of(text: str) -> str:
    """Return the ASCII digits of a text, without what stands between them."""
    return "".join(character for character in text if "0" <= character <= "9")


def is_luhn(text: str) -> bool:
    """Say whether the digits end in their Luhn digit (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(digits_of(text))):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004 - the digit sum of a product
    return total % 10 == 0


def is_card(text: str) -> bool:
    """Say whether it is the number of a payment card: its first and its Luhn digit are right."""
    digits = digits_of(text)
    return bool(digits) and digits[0] in "23456" and len(set(digits)) > 1 and is_luhn(digits)


def is_iban(text: str) -> bool:
    """Say whether the check digits of an account number are right (ISO 13616, ISO 7064 mod 97-10)."""
    plain = "".join(character for character in text.upper() if character.isalnum())
    if not (plain[:2].isalpha() and plain[2:4].isdigit()):
        return False
    turned = plain[4:] + plain[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


def is_spanish(text: str) -> bool:
    """Say whether a Spanish DNI or NIE has its letter."""
    plain = "".join(character for character in text.upper() if character.isalnum())
    number = plain[:-1].translate(str.maketrans("XYZ", "012"))
    return number.isdigit() and _SPANISH[int(number) % 23] == plain[-1]


def is_french(text: str) -> bool:
    """Say whether a French social security number (NIR) has its key; Corsican departments count as 19 and 18."""
    plain = "".join(character for character in text.upper() if character.isalnum())
    number = plain[:5] + plain[5:7].replace("2A", "19").replace("2B", "18") + plain[7:13]
    return number.isdigit() and plain[13:].isdigit() and 97 - int(number) % 97 == int(plain[13:])


def is_italian(text: str) -> bool:
    """Say whether an Italian codice fiscale has its letter."""
    plain = text.upper()
    total = sum(
        _ITALIAN_ODD[character] if place % 2 == 0 else int(character, 36) - (10 if character.isalpha() else 0)
        for place, character in enumerate(plain[:15])
    )
    return chr(ord("A") + total % 26) == plain[15]


def is_brazilian(text: str) -> bool:
    """Say whether a Brazilian CPF has its two check digits."""
    digits = [int(digit) for digit in digits_of(text)]
    if len(set(digits)) == 1:
        return False
    for length in (9, 10):
        total = sum(digit * (length + 1 - place) for place, digit in enumerate(digits[:length]))
        if (total * 10 % 11) % 10 != digits[length]:
            return False
    return True


def is_german(text: str) -> bool:
    """Say whether a German tax number (Steuer-ID) is one: a digit repeats in the first ten, the last checks them."""
    digits = [int(digit) for digit in digits_of(text)]
    if len(digits) != len(_POLISH) + 1 or digits[0] == 0 or len(set(digits[:10])) not in {8, 9}:
        return False
    rest = 10
    for digit in digits[:10]:
        total = (digit + rest) % 10 or 10
        rest = total * 2 % 11
    return (11 - rest) % 10 == digits[10]


def is_polish(text: str) -> bool:
    """Say whether a Polish PESEL has its check digit and a day in it."""
    digits = [int(digit) for digit in digits_of(text)]
    month, day = (digits[2] * 10 + digits[3]) % 20, digits[4] * 10 + digits[5]
    total = sum(digit * weight for digit, weight in zip(digits, _POLISH, strict=False))
    return 1 <= month <= 12 and 1 <= day <= 31 and (10 - total % 10) % 10 == digits[10]  # noqa: PLR2004 - a calendar


def is_swiss(text: str) -> bool:
    """Say whether a Swiss AHV number has its EAN-13 digit."""
    digits = [int(digit) for digit in digits_of(text)]
    total = sum(digit * (1 + 2 * (place % 2)) for place, digit in enumerate(digits[:12]))
    return (10 - total % 10) % 10 == digits[12]


def is_swedish(text: str) -> bool:
    """Say whether a Swedish personnummer has its Luhn digit."""
    return is_luhn(digits_of(text)[-10:])


def is_american(text: str) -> bool:
    """Say whether a US social security number, written with dashes, is one that is given out."""
    area, group, serial = text.split("-")
    return area not in {"000", "666"} and area[0] != "9" and group != "00" and serial != "0000"


def runs(text: str, shortest: int, longest: int, is_one: Callable[[str], bool]) -> Iterator[Span]:
    """Yield what is one among whole words of a text that stand side by side, by their letters and digits together.

    A number may be written in groups and stand between others; whatever begins and ends with a group is tried, the
    longest first.
    """
    words = [found.span() for found in _WORD.finditer(text)]
    place = 0
    while place < len(words):
        ends: list[int] = []
        length = 0
        for index in range(place, len(words)):
            length += words[index][1] - words[index][0]
            if length > longest:
                break
            if length >= shortest:
                ends.append(index)
        start = words[place][0]
        found = next((end for end in reversed(ends) if is_one(text[start : words[end][1]])), None)
        if found is None:
            place += 1
        else:
            yield start, words[found][1]
            place = found + 1


def cards(text: str) -> Iterator[Span]:
    """Yield payment cards in a run of digits."""
    return runs(text, 13, 19, is_card)


def accounts(text: str) -> Iterator[Span]:
    """Yield account numbers in a run of letters and digits."""
    return runs(text, 15, 34, is_iban)


def addresses(text: str) -> Iterator[Span]:
    """Yield IPv4 addresses in a run of numbers with dots."""
    words = [found.span() for found in _WORD.finditer(text)]
    place = 0
    while place + 4 <= len(words):
        start, end = words[place][0], words[place + 3][1]
        if all(int(part) <= 255 for part in text[start:end].split(".")):  # noqa: PLR2004 - an octet
            yield start, end
            place += 4
        else:
            place += 1


def french(text: str) -> Iterator[Span]:
    """Yield French social security numbers in a run."""
    return runs(text, 15, 15, is_french)


def german(text: str) -> Iterator[Span]:
    """Yield German tax numbers in a run of digits."""
    return runs(text, 11, 11, is_german)


def _whole(is_one: Callable[[str], bool]) -> Callable[[str], Iterator[Span]]:
    def spans(text: str) -> Iterator[Span]:
        if is_one(text):
            yield 0, len(text)

    return spans


NATIONAL: Final[Mapping[str, Callable[[str], Iterator[Span]]]] = {
    r"\b(?:\d{8}|[XYZxyz]\d{7})-?[A-Za-z]\b": _whole(is_spanish),
    r"\b[12] ?\d(?: ?[\dABab]){13,}\b": french,
    r"\b[A-Za-z]{6}\d{2}[A-EHLMPR-Ta-ehlmpr-t]\d{2}[A-Za-z]\d{3}[A-Za-z]\b": _whole(is_italian),
    r"\b\d{3}\.\d{3}\.\d{3}-\d{2}\b": _whole(is_brazilian),
    r"\b\d(?: ?\d){10,}\b": german,
    r"\b\d{11}\b": _whole(is_polish),
    r"\b756\.?\d{4}\.?\d{4}\.?\d{2}\b": _whole(is_swiss),
    r"\b(?:\d{2})?\d{6}[-+]\d{4}\b": _whole(is_swedish),
    r"\b\d{3}-\d{2}-\d{4}\b": _whole(is_american),
}
"""The form of each identity number as a regular expression, and what finds within it those that prove themselves."""
