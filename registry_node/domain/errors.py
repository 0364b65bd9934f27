"""The one error style: what was wrong, and what would be right.

Every error that a user can meet is a `TonnelinkError`. The command line prints `message` and
`hint` and exits with `exit_code`; the API answers with `http_status` as RFC 9457 problem+json,
`code` being the last part of its type.
"""

from __future__ import annotations


class TonnelinkError(Exception):
    """Base of all errors that reach a user."""

    code = "error"
    http_status = 500
    exit_code = 1

    def __init__(self, message: str, hint: str = "", **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class InvalidInput(TonnelinkError):
    """The question or command itself is malformed."""

    code = "invalid-input"
    http_status = 400
    exit_code = 2


class NotFound(TonnelinkError):
    """Well formed, but there is no such thing at that height."""

    code = "not-found"
    http_status = 404
    exit_code = 3


class Unauthorised(TonnelinkError):
    """Whoever asks has not said who they are, or not with a token that counts."""

    code = "unauthorised"
    http_status = 401


class Forbidden(TonnelinkError):
    """Whoever asks is known, and this is not theirs to see."""

    code = "forbidden"
    http_status = 403


class TooLarge(TonnelinkError):
    """The request's body is larger than the node takes."""

    code = "too-large"
    http_status = 413


class UriTooLong(TonnelinkError):
    """The request's address is longer than the node takes."""

    code = "uri-too-long"
    http_status = 414


class TooManyRequests(TonnelinkError):
    """Whoever asks has asked too often, or has too many streams."""

    code = "too-many-requests"
    http_status = 429


class Refused(TonnelinkError):
    """The ledger's rules refuse it; nothing has changed."""

    code = "refused"
    http_status = 409
    exit_code = 4


class Unavailable(TonnelinkError):
    """The node, the chain or the database cannot be reached now."""

    code = "unavailable"
    http_status = 503
    exit_code = 5


class Inconsistent(TonnelinkError):
    """The mirror and the ledger disagree, or the chain broke a promise. The node stops."""

    code = "inconsistent"
    http_status = 500
    exit_code = 6
