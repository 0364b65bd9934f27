"""Statements as JSON Web Signatures: RFC 7515, flattened JSON, Ed25519 (RFC 8037 and 9864).

The protected header has exactly these members: `alg` Ed25519, `kid` (the key's RFC 7638
thumbprint), `jwk` (the public key, RFC 7515 4.1.3), `typ`, and `payload_sha256`, by which a changed
payload can be told from a changed signature. What is not signed, the proofs, stands beside it under
a name of its own and proves itself.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from joserfc.registry import HeaderParameter

from registry_node.attest.report import Report
from registry_node.attest.strict import Malformed, read_object, to_base64, unbase64, write_json

ALGORITHM: Final = "Ed25519"
TYPE = "tonnelink-statement"
MEMBERS = frozenset({"payload", "protected", "signature"})
PROOFS = "proofs"

_HEADER = frozenset({"alg", "jwk", "kid", "payload_sha256", "typ"})
_PUBLIC = frozenset({"crv", "kty", "x"})
_SIGNATURE_SIZE = 64
_LARGEST = 64 * 2**20


class _Registry(jws.JWSRegistry):
    """joserfc refuses payloads above 128 kB; an authority's statements can be larger."""

    max_header_length = 1024
    max_payload_length = _LARGEST


_REGISTRY = _Registry(
    {"payload_sha256": HeaderParameter("SHA-256 of the payload", "str", True)},
    algorithms=[ALGORITHM],
)


def public_jwk(key: OKPKey) -> dict[str, str]:
    """The public half, as its thumbprint counts it."""
    document = key.as_dict(private=False)
    return {name: str(document[name]) for name in sorted(_PUBLIC)}


def sign(payload: dict[str, Any], key: OKPKey) -> dict[str, Any]:
    """The signed statement as its JSON document."""
    content = write_json(payload)
    header = {
        "alg": ALGORITHM,
        "jwk": public_jwk(key),
        "kid": key.thumbprint(),
        "payload_sha256": to_base64(sha256(content).digest()),
        "typ": TYPE,
    }
    return dict(jws.serialize_json({"protected": header}, content, key, registry=_REGISTRY))


def read(document: dict[str, Any], report: Report) -> tuple[bytes | None, dict[str, Any] | None]:
    """The payload's bytes and the protected header, as far as they have their form."""
    payload = report.read("payload", unbase64, document.get("payload"))
    header = report.read("protected header", _header, document.get("protected"))
    if header is not None:
        report.good("protected header", f"{ALGORITHM}, key {header['kid']}")
    with report.reading("signature"):
        if len(unbase64(document.get("signature"))) != _SIGNATURE_SIZE:
            raise Malformed(f"it does not have {_SIGNATURE_SIZE} bytes")
    if payload is not None and header is not None:
        if to_base64(sha256(payload).digest()) == header["payload_sha256"]:
            report.good("payload", "is the one that the protected header names")
        else:  # either may have been changed
            report.bad("payload", "is not the one that the protected header names")
            report.bad("protected header", "names another payload")
    return payload, header


def signed_by(document: dict[str, Any], jwk: dict[str, Any]) -> bool:
    """Whether the signature over header and payload is that key's."""
    try:
        key = OKPKey.import_key({name: jwk[name] for name in _PUBLIC})
        members: Any = {name: document[name] for name in MEMBERS}
        jws.deserialize_json(members, key, registry=_REGISTRY)
    except (JoseError, ValueError, KeyError, TypeError):
        return False
    return True


def thumbprint(jwk: dict[str, Any]) -> str:
    """RFC 7638. Raises `Malformed` when it is not the public half of an Ed25519 key."""
    if jwk.get("kty") != "OKP" or jwk.get("crv") != ALGORITHM:
        raise Malformed("the key is not an Ed25519 key (kty OKP, crv Ed25519)")
    if len(unbase64(jwk.get("x"))) != 32:  # noqa: PLR2004  # bytes of an Ed25519 point
        raise Malformed("the key's x does not have 32 bytes")
    return to_base64(sha256(write_json({name: jwk[name] for name in _PUBLIC})).digest())


def _header(text: Any) -> dict[str, Any]:
    content = unbase64(text)
    header = read_object(content)
    if header.keys() != _HEADER:
        raise Malformed(f"its members are not {', '.join(sorted(_HEADER))}")
    if write_json(header) != content:
        raise Malformed("it is not written in its one form: sorted, without spaces")
    if header["alg"] != ALGORITHM:
        raise Malformed(f"alg is not {ALGORITHM}")
    if header["typ"] != TYPE:
        raise Malformed(f"typ is not {TYPE}")
    if not isinstance(header["jwk"], dict) or header["jwk"].keys() != _PUBLIC:
        raise Malformed("jwk is not exactly a public key")
    if thumbprint(header["jwk"]) != header["kid"]:
        raise Malformed("kid is not the thumbprint of jwk")
    if not isinstance(header["payload_sha256"], str):
        raise Malformed("payload_sha256 is not text")
    return header
