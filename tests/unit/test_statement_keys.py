"""The folder of keys that statements are signed with: rotated, retired, kept private."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry_node.attest.keys import StatementKeys
from registry_node.domain.errors import InvalidInput, NotFound, Refused, Unavailable


class Clock:
    time = 1_800_000_000.0

    def __call__(self) -> float:
        return self.time


def ring(folder: Path, clock: Clock) -> StatementKeys:
    return StatementKeys(folder, folder / "password", now=clock)


def test_rotation_keeps_old_statements_true(tmp_path: Path) -> None:
    clock = Clock()
    keys = ring(tmp_path, clock)
    with pytest.raises(Unavailable, match="statement-key new"):
        keys.signing()
    old = keys.make()
    clock.time += 100
    new = keys.make(valid_from=int(clock.time) + 50)
    assert keys.signing().thumbprint() == old["kid"]  # the new one is published before it signs
    clock.time += 50
    assert keys.signing().thumbprint() == new["kid"]
    keys.retire(old["kid"][:8])
    assert [key["kid"] for key in keys.published()] == [old["kid"], new["kid"]]
    assert keys.published()[0]["exp"] == clock.time
    assert not (tmp_path / f"{old['kid']}.pem").exists()
    with pytest.raises(NotFound):
        keys.retire("nothing-like-it")
    with pytest.raises(InvalidInput):
        keys.retire("ab")
    with pytest.raises(InvalidInput):
        keys.make(valid_until=int(clock.time))


def test_a_key_is_not_retired_before_another_may_sign(tmp_path: Path) -> None:
    clock = Clock()
    keys = ring(tmp_path, clock)
    old = keys.make()
    with pytest.raises(Refused, match="statement-key new") as alone:
        keys.retire(old["kid"])
    assert "--compromised" in alone.value.hint
    begin = 1_830_297_600  # 2028-01-01
    for moment_, day in ((begin + 3600, "2028-01-01T01:00:00Z"), (begin, r"2028-01-01\.")):
        keys.make(valid_from=moment_)
        with pytest.raises(Refused, match=f"the next key signs from {day}"):
            keys.retire(old["kid"])
    assert keys.signing().thumbprint() == old["kid"]  # nothing has changed
    keys.retire(old["kid"], compromised=True)
    with pytest.raises(Unavailable, match=r"the next key signs from 2028-01-01\."):
        keys.signing()
    clock.time = begin
    assert keys.can_sign()


def test_a_key_that_signs_nothing_is_retired_at_any_time(tmp_path: Path) -> None:
    clock = Clock()
    keys = ring(tmp_path, clock)
    over = keys.make(valid_until=int(clock.time) + 10)
    coming = keys.make(valid_from=int(clock.time) + 1000)
    clock.time += 20
    keys.retire(over["kid"])
    keys.retire(coming["kid"])
    with pytest.raises(Unavailable, match="has no key"):
        keys.signing()


def test_keys_are_kept_encrypted_and_private(tmp_path: Path) -> None:
    keys = ring(tmp_path, Clock())
    kid = keys.make()["kid"]
    private, password = tmp_path / f"{kid}.pem", tmp_path / "password"
    assert private.stat().st_mode & 0o077 == password.stat().st_mode & 0o077 == 0
    assert b"BEGIN ENCRYPTED PRIVATE KEY" in private.read_bytes()
    password.write_text("another")
    with pytest.raises(Unavailable, match="cannot be opened") as told:
        ring(tmp_path, Clock()).signing()
    assert "another" not in str(told.value)
