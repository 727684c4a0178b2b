"""Secrets at rest open with the right master key in the right place, and nowhere else."""

import base64
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trimtab.base.errors import BadSetting
from trimtab.identity.secrets import MasterKey, SealBroken, SecretBox, is_internal, provider_context

_KEY = bytes(range(32))
_BOX = SecretBox(_KEY)


@given(secret=st.text(alphabet=st.characters(exclude_categories=["Cs"])), context=st.text(alphabet="abc/é"))
def test_what_is_sealed_opens_in_its_own_context(secret: str, context: str) -> None:
    assert _BOX.open(_BOX.seal(secret, context), context) == secret


def test_the_ciphertext_does_not_hold_the_secret_and_differs_each_time() -> None:
    first, second = (_BOX.seal("sk-very-secret", "here") for _ in range(2))
    assert b"sk-very-secret" not in first
    assert first != second


def test_a_secret_does_not_open_for_another_project_or_provider() -> None:
    sealed = _BOX.seal("sk-1", provider_context("prj_1", "openai"))
    for other in (provider_context("prj_2", "openai"), provider_context("prj_1", "azure")):
        with pytest.raises(SealBroken, match="cannot be opened"):
            _BOX.open(sealed, other)


def test_a_secret_does_not_open_with_another_key() -> None:
    with pytest.raises(SealBroken, match="cannot be opened"):
        SecretBox(bytes(32)).open(_BOX.seal("sk-1", "here"), "here")


def test_any_altered_byte_is_noticed() -> None:
    sealed = _BOX.seal("sk-1", "here")
    for place in range(len(sealed)):
        broken = bytearray(sealed)
        broken[place] ^= 1
        with pytest.raises(SealBroken):
            _BOX.open(bytes(broken), "here")


def test_a_truncated_secret_is_refused() -> None:
    for length in (0, 1, 12, 13, 20):
        with pytest.raises(SealBroken):
            _BOX.open(_BOX.seal("sk-1", "here")[:length], "here")


def test_the_first_start_makes_a_master_key_for_its_owner_alone(tmp_path: Path) -> None:
    made = MasterKey.load(tmp_path)
    assert stat.S_IMODE((tmp_path / "master.key").stat().st_mode) == 0o600
    assert MasterKey.load(tmp_path).internal_token() == made.internal_token()
    assert [path.name for path in tmp_path.iterdir()] == ["master.key"]


def test_processes_that_start_together_agree_on_one_master_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(lambda _: MasterKey.load(tmp_path).internal_token(), range(8)))
    assert len(tokens) == 1


@pytest.mark.parametrize("text", [_KEY.hex(), base64.b64encode(_KEY).decode(), base64.urlsafe_b64encode(_KEY).decode()])
def test_a_master_key_may_be_given_as_text(tmp_path: Path, text: str) -> None:
    assert MasterKey.load(tmp_path, text).fingerprint() == MasterKey(_KEY).fingerprint()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["short", "x" * 64, base64.b64encode(bytes(16)).decode()])
def test_a_text_that_is_no_master_key_is_refused_without_being_shown(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadSetting, match="must hold 32 bytes in hex or base64") as caught:
        MasterKey.load(tmp_path, text)
    assert text not in caught.value.message


def test_a_damaged_key_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "master.key").write_bytes(b"\xff\xfe")
    with pytest.raises(BadSetting, match=r"master\.key"):
        MasterKey.load(tmp_path)


def test_keys_for_different_purposes_have_nothing_in_common() -> None:
    key = MasterKey(_KEY)
    derived = {key.derive("secrets"), key.derive("internal-token"), key.derive("fingerprint"), _KEY}
    assert len(derived) == 4


def test_a_master_key_does_not_show_itself() -> None:
    assert _KEY.hex() not in repr(MasterKey(_KEY))
    assert os.fsdecode(b"\\x01\\x02") not in repr(MasterKey(_KEY))


def test_only_the_internal_token_is_taken_for_the_gateway() -> None:
    token = MasterKey(_KEY).internal_token()
    assert is_internal(f"Bearer {token}", token)
    for wrong in (None, "", token, f"bearer {token}", f"Bearer {token}x", "Bearer "):
        assert not is_internal(wrong, token)
