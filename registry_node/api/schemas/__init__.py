"""The wire format, for the API's description. Answers are built by the queries and only described
here; a test holds the two together.
"""

from registry_node.api.schemas.desks import (
    Document,
    Lien,
    Obligation,
    Proposal,
    Request,
    Roles,
    Settings,
    Trade,
)
from registry_node.api.schemas.links import Link, Lot, Member, Quota, Quote, Succession
from registry_node.api.schemas.node import Digest, Health, Problem
from registry_node.api.schemas.statements import Statement
from registry_node.api.schemas.units import (
    Account,
    AccountInFull,
    Holding,
    Movement,
    Registry,
    Trace,
    UnitClass,
)
from registry_node.api.schemas.wire import Answer, ListAnswer

__all__ = [
    "Account",
    "AccountInFull",
    "Answer",
    "Digest",
    "Document",
    "Health",
    "Holding",
    "Lien",
    "Link",
    "ListAnswer",
    "Lot",
    "Member",
    "Movement",
    "Obligation",
    "Problem",
    "Proposal",
    "Quota",
    "Quote",
    "Registry",
    "Request",
    "Roles",
    "Settings",
    "Statement",
    "Succession",
    "Trace",
    "Trade",
    "UnitClass",
]
