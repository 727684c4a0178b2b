"""The guide's table is the table, and its queries are queries."""

import re
from pathlib import Path

from trimtab.query import field
from trimtab.query.parse import parse

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "guides" / "query.md").read_text(encoding="utf-8")


def test_guide_has_the_table_of_fields() -> None:
    assert field.guide_table() in GUIDE, (
        "make it anew: python -c 'from trimtab.query import field; print(field.guide_table())'"
    )


def test_every_example_of_the_guide_can_be_read() -> None:
    examples = [line for block in re.findall(r"```text\n(.*?)```", GUIDE, re.DOTALL) for line in block.splitlines()]
    assert len(examples) > 8
    for example in examples:
        parse(example)
