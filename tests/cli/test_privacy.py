"""The proof of a deletion is checked by a command, without a server."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from trimtab.base.errors import InvalidInput
from trimtab.cli.privacy import privacy
from trimtab.traces.privacy import deletion as rule
from trimtab.traces.privacy.deletion import Count, Deletion, State, SubjectKind

KEY = b"7" * 32
AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def _proof(previous: str = rule.FIRST, after: int = 0) -> str:
    deletion = Deletion(
        id="del_1",
        project_id="prj_1",
        kind=SubjectKind.USER,
        subject_hash="ab" * 32,
        sealed_subject=None,
        state=State.WAITING,
        requested_by="Ada",
        requested_at=AT,
        updated_at=AT,
        trace_ids=("1", "2"),
    )
    counts = (Count(name="spans", action="deleted", before=3, after=after),)
    return rule.prove(deletion, counts, AT, previous, KEY)


def _verify(*arguments: str) -> str:
    result = CliRunner().invoke(privacy, ["verify", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_proof_as_it_was_made_is_valid(tmp_path: Path) -> None:
    (tmp_path / "proof.json").write_text(_proof())
    assert _verify(str(tmp_path / "proof.json"), "--key", rule.public_key(KEY)).startswith("Valid")
    assert "compare it" in _verify(str(tmp_path / "proof.json"))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        (lambda text: text.replace("Ada", "Eve"), "changed after it was made"),
        (lambda text: text.replace('"before": 3', '"before": 4'), "changed after it was made"),
        (lambda _text: "{}", "no proof"),
        (lambda _text: "not JSON", "not JSON"),
    ],
)
def test_a_changed_one_is_not(tmp_path: Path, changed: object, said: str) -> None:
    (tmp_path / "proof.json").write_text(changed(_proof()))  # type: ignore[operator]
    with pytest.raises(InvalidInput, match=said):
        _verify(str(tmp_path / "proof.json"))


def test_one_of_another_installation_is_not(tmp_path: Path) -> None:
    (tmp_path / "proof.json").write_text(_proof())
    with pytest.raises(InvalidInput, match="another installation"):
        _verify(str(tmp_path / "proof.json"), "--key", rule.public_key(b"8" * 32))


def test_one_that_says_that_something_is_left_proves_nothing(tmp_path: Path) -> None:
    (tmp_path / "proof.json").write_text(_proof(after=1))
    with pytest.raises(InvalidInput, match="left in 'spans'"):
        _verify(str(tmp_path / "proof.json"))


def test_the_chain_is_checked(tmp_path: Path) -> None:
    first = _proof()
    (tmp_path / "1.json").write_text(first)
    (tmp_path / "2.json").write_text(_proof(rule.digest(first)))
    assert _verify(str(tmp_path / "2.json"), "--after", str(tmp_path / "1.json")).startswith("Valid")
    with pytest.raises(InvalidInput, match="does not follow"):
        _verify(str(tmp_path / "1.json"), "--after", str(tmp_path / "2.json"))
