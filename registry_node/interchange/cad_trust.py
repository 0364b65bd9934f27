"""Unit blocks in the field names of the CAD Trust data model v2 (table `unit`).

The pick lists are those of its machine-readable schema 2.0.2. What the ledger does not know stays
empty, and nothing is guessed: docs/guides/auditor.md has the table.
"""

from __future__ import annotations

from registry_node.interchange.columns import columns
from registry_node.queries.snapshot import Json

COLUMNS = columns(
    "unit_serial_id unit_start_block unit_end_block unit_count:int unit_type"
    " unit_vintage_year:int unit_status unit_status_reason unit_status_date:time"
    " unit_retirement_detail unit_retirement_beneficiary unit_retirement_beneficiary_id unit_link"
    " unit_metric unit_current_owner unit_itmos_reference_id cad_trust_issuance_id"
)

STATUSES = ("Buffer", "Cancelled", "Expired", "Held", "Inactive", "Issued", "Rejected", "Retired")
TYPES = (
    "Avoidance - nature",
    "Avoidance - technical",
    "Not Determined",
    "Reduction - nature",
    "Reduction - technical",
    "Removal - nature",
    "Removal - technical",
)
METRICS = ("gCO2eq/kWh", "kt (Kiloton)", "tCO2e")

_ESCROWED = "In escrow at the link gateway: units of a linked registry stand for these"
_ABROAD = "Used abroad: the units of a linked registry that stood for these were used"
_REASONS = {
    "HELD": ("Held", "In circulation"),
    "ENCUMBERED": ("Held", "Set aside: pledged or frozen"),
    "ESCROWED": ("Inactive", _ESCROWED),
    "SURRENDERED": ("Retired", "Surrendered for compliance"),
    "RETIRED": ("Retired", "Retired for a voluntary claim"),
    "CANCELLED": ("Cancelled", "Removed from the market"),
}
"""By the ledger's state: the status, and its reason."""


def unit(block: Json) -> Json:
    """A block of `queries.blocks` as a record of the table `unit`.

    Units in escrow and units used abroad are "Inactive": the same tonnes are told by the units that
    stand for them in the other registry, and no tonne is told twice.
    """
    status, reason = _REASONS[block["state"]]
    detail = None
    if block["used_abroad"]:
        status, reason = "Inactive", _ABROAD
    elif block["state"] == "CANCELLED" and block["transaction_type"] == "3":
        reason = "Returned to the registry they came from"
    elif status == "Retired":
        year = block["compliance_year"]
        detail = f"Compliance year {year}" if year else block["memo"]
    return {
        "unit_serial_id": block["units"],
        "unit_start_block": str(block["first"]),
        "unit_end_block": str(block["last"]),
        "unit_count": int(block["quantity"]),
        "unit_type": "Not Determined",
        "unit_vintage_year": block["vintage"],
        "unit_status": status,
        "unit_status_reason": reason,
        "unit_status_date": block["time"],
        "unit_retirement_detail": detail,
        "unit_retirement_beneficiary": None,
        "unit_retirement_beneficiary_id": None,
        "unit_link": None,
        "unit_metric": "tCO2e",
        "unit_current_owner": block["owner_label"] or block["owner"],
        "unit_itmos_reference_id": None,
        "cad_trust_issuance_id": None,
    }
