"""Who sends a request, and whether they signed it: the rules of TC3-HMAC-SHA256 from the server's side."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass

from exporter.emulator.errors import RequestRefusedError
from exporter.tencent.signing import SignedRequest, signature

CLOCK_TOLERANCE = 300.0
"""How far, in seconds, the time of a request may be off the server's clock."""

_SERVICE = "ccc"
_AUTHORIZATION = re.compile(
    r"TC3-HMAC-SHA256 Credential=(?P<secret_id>[^/,\s]+)/\d{4}-\d{2}-\d{2}/(?P<service>\w+)/tc3_request,"
    r"\s*SignedHeaders=(?P<signed_headers>[\w;-]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True)
class AcceptedKey:
    """The key that the emulator knows, and the token that temporary credentials come with, if any."""

    secret_id: str
    secret_key: str
    token: str | None = None


@dataclass(frozen=True, slots=True)
class AuthorizationHeaders:
    """What a request says about its sender: the values of the headers of these names, None where one is missing."""

    authorization: str | None
    timestamp: str | None
    token: str | None
    host: str
    content_type: str


def claimed_secret_id(authorization: str | None) -> str | None:
    """Return the secret id that an `Authorization` header names, without checking anything else of it."""
    match = _AUTHORIZATION.fullmatch(authorization or "")
    return match["secret_id"] if match else None


def authenticate(
    proof: AuthorizationHeaders, method: str, query: str, body: bytes, *, credentials: AcceptedKey, server_time: float
) -> None:
    """Check that a request was signed with the credentials, and lately. Raises RequestRefusedError.

    Like all of the vendor's SDKs, clients sign the headers `content-type;host`; no other list is understood.
    """
    match = _AUTHORIZATION.fullmatch(proof.authorization or "")
    if match is None or match["service"] != _SERVICE or match["signed_headers"] != "content-type;host":
        raise RequestRefusedError(
            "AuthFailure.InvalidAuthorization",
            "The Authorization header must be: TC3-HMAC-SHA256 Credential=ID/DATE/ccc/tc3_request, "
            "SignedHeaders=content-type;host, Signature=64 hexadecimal digits.",
        )
    timestamp = _timestamp(proof.timestamp)
    if abs(server_time - timestamp) > CLOCK_TOLERANCE:
        raise RequestRefusedError(
            "AuthFailure.SignatureExpire",
            f"X-TC-Timestamp {timestamp} is more than 5 minutes off the server's clock, {server_time:.0f}.",
            server_time,
        )
    if match["secret_id"] != credentials.secret_id:
        raise RequestRefusedError("AuthFailure.SecretIdNotFound", "There is no such secret id.")
    if (proof.token or None) != credentials.token:
        raise RequestRefusedError("AuthFailure.TokenFailure", "The token is not the one that belongs to the secret id.")
    signed = SignedRequest(method, proof.host, proof.content_type, body, _SERVICE, timestamp, query)
    if not _is_signature(match["signature"], signed, credentials.secret_key):
        raise RequestRefusedError("AuthFailure.SignatureFailure", "The signature is not that of this request.")


def _is_signature(text: str, signed: SignedRequest, secret_key: str) -> bool:
    try:
        return hmac.compare_digest(signature(signed, secret_key), text)
    except UnicodeEncodeError:
        # Bytes that are no UTF-8, in a header or in the query: nobody can have signed them as text.
        return False


def _timestamp(text: str | None) -> int:
    if text is None:
        raise RequestRefusedError("MissingParameter", "The header X-TC-Timestamp is missing.")
    if not re.fullmatch(r"[0-9]{1,12}", text):
        raise RequestRefusedError("InvalidParameterValue", "The header X-TC-Timestamp must be a Unix time in seconds.")
    return int(text)
