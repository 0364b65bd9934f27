"""Tokens and rates: what counts, from when and until when."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from registry_node.access.limits import Rates, address_of, is_loopback, network_of
from registry_node.access.table import Role
from registry_node.access.tokens import MOST_ACCOUNTS, PATTERN, Tokens
from registry_node.domain.errors import InvalidInput, NotFound, Unauthorised, Unavailable
from registry_node.domain.view import EVERYTHING, PUBLIC, View

ACCOUNT = ("KR", b"\x11" * 20)


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(tmp_path: Path, clock: Clock) -> Tokens:
    return Tokens(tmp_path / "home" / "access.sqlite", clock)


def test_a_token_counts_until_it_expires(tokens: Tokens, clock: Clock) -> None:
    token, secret = tokens.issue(Role.AUDITOR, lifetime=60, label="State audit office")
    assert tokens.check(secret) == token
    clock.now += 59
    assert tokens.check(secret).state(clock.now) == "active"
    clock.now += 1
    with pytest.raises(Unauthorised):
        tokens.check(secret)
    assert tokens.get(token.id).state(clock.now) == "expired"


def test_revocation_by_another_process_counts_at_once(tokens: Tokens, tmp_path: Path) -> None:
    token, secret = tokens.issue(Role.AUDITOR, lifetime=60)
    assert tokens.check(secret) == token
    other = Tokens(tmp_path / "home" / "access.sqlite")
    other.revoke(token.id)
    other.close()
    with pytest.raises(Unauthorised):
        tokens.check(secret)


def test_a_token_issued_by_another_process_counts_at_once(tokens: Tokens, tmp_path: Path) -> None:
    _, first = tokens.issue(Role.AUDITOR, lifetime=10**9)
    tokens.check(first)
    other = Tokens(tmp_path / "home" / "access.sqlite")
    _, second = other.issue(Role.OPERATOR, lifetime=10**9)
    assert tokens.check(second).role is Role.OPERATOR


def test_revoking_twice_keeps_the_first_time(tokens: Tokens, clock: Clock) -> None:
    token, _ = tokens.issue(Role.AUDITOR, lifetime=60)
    first = tokens.revoke(token.id).revoked_at
    clock.now += 10
    assert tokens.revoke(token.id).revoked_at == first


def test_every_refusal_reads_the_same(tokens: Tokens, clock: Clock) -> None:
    _, expired = tokens.issue(Role.AUDITOR, lifetime=1)
    revoked, ended = tokens.issue(Role.AUDITOR, lifetime=60)
    tokens.revoke(revoked.id)
    clock.now += 2
    told = set()
    for secret in (expired, ended, "tonnelink_" + "0" * 12 + "_" + "A" * 43, "", "x" * 10_000):
        with pytest.raises(Unauthorised) as refusal:
            tokens.check(secret)
        told.add(str(refusal.value))
    assert len(told) == 1


def test_secrets_are_not_kept(tokens: Tokens, tmp_path: Path) -> None:
    _, secret = tokens.issue(Role.HOLDER, lifetime=60, accounts=[ACCOUNT])
    assert PATTERN.fullmatch(secret)
    tokens.close()
    kept = b"".join(path.read_bytes() for path in (tmp_path / "home").iterdir())
    assert secret.encode() not in kept
    assert secret.rsplit("_", 1)[1].encode() not in kept


def test_the_file_is_its_owners_only(tokens: Tokens, tmp_path: Path) -> None:
    assert (tmp_path / "home" / "access.sqlite").stat().st_mode & 0o777 == 0o600


def test_two_tokens_are_never_the_same(tokens: Tokens) -> None:
    secrets = {tokens.issue(Role.AUDITOR, lifetime=60)[1] for _ in range(50)}
    assert len(secrets) == len({secret.rsplit("_", 1)[1] for secret in secrets}) == 50


@pytest.mark.parametrize(
    ("role", "terms", "view"),
    [
        (Role.HOLDER, {"accounts": [ACCOUNT]}, View(accounts=(ACCOUNT,))),
        (Role.AUTHORITY, {"programme": "KR"}, View(programmes=("KR",))),
        (Role.AUDITOR, {}, EVERYTHING),
        (Role.OPERATOR, {}, PUBLIC),
    ],
)
def test_a_role_opens_its_own(tokens: Tokens, role: Role, terms: Any, view: View) -> None:
    _, secret = tokens.issue(role, lifetime=60, **terms)
    assert tokens.check(secret).view == view


@pytest.mark.parametrize(
    ("role", "terms"),
    [
        (Role.HOLDER, {}),
        (Role.HOLDER, {"programme": "KR", "accounts": [ACCOUNT]}),
        (Role.HOLDER, {"accounts": [("KR", bytes([i] * 20)) for i in range(MOST_ACCOUNTS + 1)]}),
        (Role.AUTHORITY, {}),
        (Role.AUTHORITY, {"accounts": [ACCOUNT]}),
        (Role.AUDITOR, {"programme": "KR"}),
        (Role.OPERATOR, {"accounts": [ACCOUNT]}),
        (Role.PUBLIC, {}),
    ],
)
def test_a_role_and_what_it_is_bound_to_fit(tokens: Tokens, role: Role, terms: Any) -> None:
    with pytest.raises(InvalidInput):
        tokens.issue(role, lifetime=60, **terms)
    assert tokens.list() == []


def test_an_unknown_token_cannot_be_revoked(tokens: Tokens) -> None:
    with pytest.raises(NotFound):
        tokens.revoke("000000000000")


def test_tokens_that_cannot_be_read_let_nobody_in(tokens: Tokens, tmp_path: Path) -> None:
    _, secret = tokens.issue(Role.AUDITOR, lifetime=60)
    tokens._database.execute("DROP TABLE token")
    with pytest.raises(Unavailable):
        tokens.check(secret)
    (tmp_path / "broken").write_bytes(b"no database" * 100)
    with pytest.raises(Unavailable):
        Tokens(tmp_path / "broken")


def test_a_rebuild_of_the_mirror_leaves_tokens_alone(tokens: Tokens, tmp_path: Path) -> None:
    _, secret = tokens.issue(Role.AUDITOR, lifetime=10**9)
    mirror = tmp_path / "home" / "mirror.sqlite"
    sqlite3.connect(mirror).close()
    mirror.unlink(missing_ok=True)
    assert Tokens(tmp_path / "home" / "access.sqlite").check(secret).role is Role.AUDITOR


# ---- rates ----------------------------------------------------------------------------------


def test_twice_the_rate_may_come_at_once_and_then_the_rate(clock: Clock) -> None:
    rates = Rates(clock)
    assert [rates.wait("one", 5) for _ in range(10)] == [0] * 10
    assert rates.wait("one", 5) == pytest.approx(0.2)
    assert rates.wait("another", 5) == 0
    clock.now += 0.2
    assert rates.wait("one", 5) == 0
    assert rates.wait("one", 5) > 0
    clock.now += 3600
    assert [rates.wait("one", 5) for _ in range(10)] == [0] * 10
    assert rates.wait("one", 5) > 0


def test_a_slow_rate_still_lets_one_through(clock: Clock) -> None:
    rates = Rates(clock)
    assert rates.wait("one", 0.1) == 0
    assert rates.wait("one", 0.1) == pytest.approx(10)


def test_no_rate_is_no_limit(clock: Clock) -> None:
    rates = Rates(clock)
    assert {rates.wait("one", 0) for _ in range(1000)} == {0}


def test_askers_are_forgotten_before_they_fill_the_memory(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry_node.access.limits._MOST_ASKERS", 100)
    rates = Rates(clock)
    for number in range(1000):
        rates.wait(str(number), 5)
    assert len(rates._buckets) == 100


@pytest.mark.parametrize(
    ("forwarded", "proxies", "expected"),
    [
        ("", 0, "10.0.0.1"),
        ("1.2.3.4", 0, "10.0.0.1"),  # nobody is trusted
        ("1.2.3.4", 1, "1.2.3.4"),
        ("6.6.6.6, 1.2.3.4", 1, "1.2.3.4"),  # what stands left of it anybody can have sent
        ("6.6.6.6, 1.2.3.4, 10.0.0.9", 2, "1.2.3.4"),
        ("1.2.3.4", 2, "10.0.0.1"),
        (" , ", 1, "10.0.0.1"),
    ],
)
def test_only_trusted_proxies_say_where_a_request_is_from(
    forwarded: str, proxies: int, expected: str
) -> None:
    assert address_of("10.0.0.1", forwarded, proxies) == expected


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("unix", "unix"),
    ],
)
def test_a_subscriber_is_limited_as_one(address: str, network: str) -> None:
    assert network_of(address) == network


def test_loopback() -> None:
    assert [is_loopback(a) for a in ("127.0.0.1", "127.8.8.8", "::1", "localhost")] == [True] * 4
    assert [is_loopback(a) for a in ("0.0.0.0", "::", "", "10.0.0.1", "node")] == [False] * 5
