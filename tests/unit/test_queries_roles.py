"""Who has which role, and who may transfer an account's units, on a mirror written by hand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from registry_node.queries import accounts, roles
from registry_node.queries.snapshot import Reader, hexed
from registry_node.store.database import Location
from tests.support.border import border_story
from tests.support.rows import START, address
from tests.support.story import Story

PLANT, TRADER, CLERK = (address(f"CN {name}") for name in ("plant", "trader", "clerk"))
CN = 1


@pytest.fixture
def story(place: Location) -> Iterator[Story]:
    told = border_story(place)
    yield told
    told.close()


@pytest.fixture
def reader(story: Story) -> Reader:
    return Reader(story.path, story.directory)


def shown(reader: Reader) -> dict[str, Any]:
    with reader.snapshot() as snapshot:
        return roles.roles(snapshot, "CN")


def holders(found: dict[str, Any]) -> dict[str, list[str]]:
    return {r["role"]: [holder["address"] for holder in r["holders"]] for r in found["roles"]}


def test_everybody_who_has_a_role_is_shown(reader: Reader) -> None:
    assert holders(shown(reader)) == {
        "issuer": [hexed(CLERK)],
        "allocator": [hexed(CLERK)],
        "council": [hexed(TRADER)],
    }


def test_a_key_with_two_roles_is_shown_as_such(reader: Reader) -> None:
    several = shown(reader)["several"]
    assert [(key["address"], key["roles"]) for key in several] == [
        (hexed(CLERK), ["issuer", "allocator"])
    ]


def test_roles_that_exclude_each_other_are_shown(reader: Reader) -> None:
    assert shown(reader)["exclusions"] == [{"roles": ["issuer", "verifier"]}]


def test_a_province_is_a_role_of_its_own_and_a_contracts_role_is_no_second_one(
    story: Story, reader: Reader
) -> None:
    with story.block():
        for role in (2**32 + 44, 11):
            key = {"registry_id": CN, "role": role, "address": TRADER}
            story.version("role_holder", key, since=START)
    found = shown(reader)
    assert holders(found)["province 44"] == [hexed(TRADER)]
    assert holders(found)["proposal desk"] == [hexed(TRADER)]
    assert {key["address"]: key["roles"] for key in found["several"]} == {
        hexed(CLERK): ["issuer", "allocator"],
        hexed(TRADER): ["council", "province 44"],
    }


def operators(reader: Reader) -> list[str]:
    with reader.snapshot() as snapshot:
        account = accounts.account(snapshot, "CN", PLANT)
    return [operator["address"] for operator in account["operators"]]


def test_operators_of_an_account_are_shown_while_its_round_lasts(
    story: Story, reader: Reader
) -> None:
    assert operators(reader) == [hexed(CLERK)]
    plant = {"registry_id": CN, "address": PLANT}
    with story.block():
        story.version("account", plant, approval_round=2)
    assert operators(reader) == []
    with story.block():
        story.version("operator_approval", {**plant, "operator": TRADER}, round=2)
    assert operators(reader) == [hexed(TRADER)]
