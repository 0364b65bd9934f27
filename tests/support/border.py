"""The story of two linked registries: issued, allocated, exported at 9/10, surrendered abroad,
returned, cancelled.
"""

from __future__ import annotations

from hashlib import sha256

from linking.rates import Rate
from registry_node.chain.artifacts import selector
from registry_node.domain.references import token_id
from registry_node.store.database import Location
from tests.support.rows import GATEWAY, START, address, desks
from tests.support.story import CANCELLED, HELD, SURRENDERED, Story, word

EXAMPLES = {
    "/v1/health": "/v1/health",
    "/v1/registries": "/v1/registries",
    "/v1/registries/{code}": "/v1/registries/CN",
    "/v1/registries/{code}/classes": "/v1/registries/KR/classes",
    "/v1/registries/{code}/accounts": "/v1/registries/CN/accounts",
    "/v1/registries/{code}/settings": "/v1/registries/CN/settings",
    "/v1/registries/{code}/roles": "/v1/registries/CN/roles",
    "/v1/registries/{code}/documents": "/v1/registries/CN/documents",
    "/v1/accounts/{registry}/{address}": f"/v1/accounts/CN/0x{address('CN plant').hex()}",
    "/v1/holdings": "/v1/holdings",
    "/v1/movements": "/v1/movements",
    "/v1/units/{registry}/{class}/{serial}": "/v1/units/CN/CEA-2025/1000",
    "/v1/links": "/v1/links",
    "/v1/links/{id}": "/v1/links/CN_KR",
    "/v1/links/{id}/quota": "/v1/links/CN_KR/quota",
    "/v1/links/{id}/quote": "/v1/links/CN_KR/quote?class=CEA-2025&quantity=10",
    "/v1/members": "/v1/members",
    "/v1/successions": "/v1/successions",
    "/v1/lots": "/v1/lots",
    "/v1/obligations": "/v1/obligations",
    "/v1/proposals": "/v1/proposals",
    "/v1/proposals/{registry}/{number}": "/v1/proposals/CN/1",
    "/v1/requests": "/v1/requests",
    "/v1/requests/{registry}/{number}": "/v1/requests/CN/1",
    "/v1/trades": "/v1/trades",
    "/v1/liens": "/v1/liens",
    "/v1/digests": "/v1/digests",
    "/v1/statements": "/v1/statements?kind=registry&registry=CN",
}
"""By the API's address of data: one that the story answers."""


def desks_story(s: Story, registry: int, class_id: int) -> None:
    """One of everything that the desks of CN keep."""
    plant, trader, clerk = (address(f"CN {name}") for name in ("plant", "trader", "clerk"))
    cn = address("CN")
    seal = selector("UnitRegistry", "sealClass") + token_id("CEA-2025").to_bytes(32, "big")
    s.call("proposal", registry, 1, target=cn, proposer=clerk, call=seal.hex())
    retire = selector("UnitRegistry", "retire")
    held = {"account": plant, "initiator": clerk, "approved_at": None}
    s.call("request", registry, 1, target=cn, call=retire.hex() + "77", **held)
    grants = {"trusted": START, "representative": 3, "settler": START}
    for kind, value in grants.items():
        key = {**s.at_desk(registry, "holders"), "address": plant, "kind": kind}
        s.version("holder_grant", {**key, "grantee": trader}, value=value)
    key = {**s.at_desk(registry, "issuance"), "address": plant}
    s.version("paid_share", key, required=10, bought=4)
    account = {"registry_id": registry, "address": plant}
    s.version("account", account, controls=1 + 16, holding_limit=500)
    s.version("operator_approval", {**account, "operator": clerk}, round=1)
    for role, holder in ((2, clerk), (3, clerk), (9, trader)):
        key = {"registry_id": registry, "role": role, "address": holder}
        s.version("role_holder", key, since=START)
    s.version("role_exclusion", {"registry_id": registry, "role": 2, "other_role": 5})
    s.insert(
        "document",
        registry_id=registry,
        kind="rule-book",
        document=sha256(b"rule book").digest(),
        valid_from=START,
        **s.event(),
    )
    s.version("code", {"contract": cn}, edition=address("edition"), code_hash=None)
    s.insert(
        "trade",
        **s.at_desk(registry, "holders"),
        institution=clerk,
        memo=word("trade 1"),
        class_id=class_id,
        sender=plant,
        recipient=trader,
        quantity=5,
        negotiated=0,
        **s.event(),
    )
    s.version(
        "lien",
        {**s.at_desk(registry, "liens"), "number": 1},
        kind=2,
        account=plant,
        creditor=trader,
        class_id=class_id,
        reason=word("loan"),
        ranges="511-520,601-605",
    )
    s.setting(registry, "trust-delay", 3600, of="holders")
    s.setting(registry, "sale-share", 5000)
    s.setting(registry, "desk 1040", "0x" + desks("CN")["issuance"].hex())
    s.setting(registry, "holding-limit-classes", f"0x{cn.hex()}:{token_id('CEA-2025'):x}")
    s.setting(registry, f"call 0x{cn.hex()} 0x{retire.hex()}", 1, of="holders")
    name = f"step 0x{cn.hex()} 0x{seal[:4].hex()}"
    s.setting(registry, name, "2 2 0 604800 0", of="proposals")


def border_story(place: Location) -> Story:
    """CN and KR, linked at 9/10 from CN to KR. See the comments for the heights."""
    s = Story(place)
    rate = Rate(9, 10)
    with s.block():  # 1: registers
        cn, kr = s.registry("CN", "China national"), s.registry("KR", "Korea")
        s.account(cn, "CN", "allocation", kind=6)
        for name in ("plant", "trader"):
            s.account(cn, "CN", name)
        s.account(kr, "KR", "mill")
        s.account(kr, "KR", "gone", status=6)
        cea = s.unit_class(cn, "CEA-2025")
        s.unit_class(kr, "KAU-2017", cap=538_900_000)
    pool, plant, trader = (address(f"CN {n}") for n in ("allocation", "plant", "trader"))
    mill = address("KR mill")
    with s.block():  # 2
        s.create(cea, pool, 1000)
    with s.block():  # 3
        s.move(cea, 501, 1000, plant, 1040)
    with s.block():  # 4
        s.move(cea, 901, 1000, trader, 1050)
    with s.block():  # 5
        s.link(1, cn, kr, rate, quota=100)
        s.year(kr, 2025)
        desks_story(s, cn, cea)
    with s.block():  # 6: lot 1, 20 of the trader's units and 20 of their neighbours give 36
        foreign = s.unit_class(kr, "CN.CEA-2025", unit_type=3, cap=2**40 - 1, origin=cea)
        s.export(1, 2, 1, rate, cea, foreign, trader, mill, [(981, 1000), (941, 960)], used=0)
    with s.block():  # 7: foreign 1..18 surrendered: source 981..1000 used abroad
        s.use(foreign, mill, 1, 18, SURRENDERED, year=2025)
        s.settle(1, 0, 1, 18, SURRENDERED)
        s.move(cea, 981, 1000, GATEWAY, 300, SURRENDERED)
        s.settle(1, 1, 981, 1000, SURRENDERED)
    with s.block():  # 8: foreign 19..27 go home: source 941..950 released
        s.move(foreign, 19, 27, mill, 300, CANCELLED)
        s.settle(1, 0, 19, 27, HELD)
        s.move(cea, 941, 950, trader, 300)
        s.settle(1, 1, 941, 950, HELD)
    with s.block():  # 9: the limit is lowered
        s.terms(2, 2, rate, quota=50)
    with s.block():  # 10
        s.use(cea, plant, 501, 510, CANCELLED, memo="for the public good")
    return s
