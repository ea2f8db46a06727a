"""What to do about a failure, in words for the person who reads the log."""

from __future__ import annotations

from exporter.inbound import reader as inbound
from exporter.sessions import reader as sessions
from exporter.staff import reader as staff
from exporter.tencent.errors import (
    ApiError,
    HttpStatusError,
    RateLimitTimeoutError,
    TencentError,
    UnreadableKeyFileError,
)

ACTIONS = (sessions.ACTION, inbound.ACTION, staff.STATUS_ACTION, staff.LIST_ACTION)
"""What the exporter calls, with all collectors on."""

POLICY = (
    '{"version":"2.0","statement":[{"effect":"allow","action":['
    + ",".join(f'"ccc:{action}"' for action in ACTIONS)
    + '],"resource":["*"]}]}'
)
"""The least that a key must be allowed, as a policy of Tencent Cloud's Cloud Access Management."""

_BY_CODE = {
    "timeout": "check the endpoint and the network path; Tencent Cloud may be slow at the moment",
    "connection": "check the endpoint, the network path and any proxy",
    "dns": "check the endpoint's spelling and this machine's name servers",
    "tls": "check the endpoint; set ca_file where a proxy or a private certificate authority is in use",
    "bad_body": "check that the endpoint is the API of Tencent Cloud, not a proxy or a captive portal",
    "no_credentials": "give a key in the configuration (then reload), the environment (then restart) or "
    "~/.tencentcloud/credentials, or bind a role to the machine or the pod",
    "RequestLimitExceeded": "something else uses the same key: lower requests_per_second, or use a key of its own",
    "AuthFailure.SecretIdNotFound": "wrong key: check secret_id, and that the key is enabled",
    "AuthFailure.InvalidSecretId": "wrong key: check secret_id",
    "AuthFailure.MFAFailure": "use the key of a user for programmatic access, without multi-factor authentication",
    "AuthFailure.SignatureFailure": "wrong key: check secret_key",
    "AuthFailure.TokenFailure": "the token is wrong or has expired: give a new one, or none with a permanent key",
    "AuthFailure.InvalidAuthorization": "wrong key: check secret_id for stray characters",
    "AuthFailure.SignatureExpire": "set this machine's clock by NTP",
    "OperationDenied.UinDisabled": "the Tencent Cloud account is disabled: check its billing",
    "IpInBlacklist": "allow this machine's IP address in the Tencent Cloud console",
    "IpNotInWhitelist": "allow this machine's IP address in the Tencent Cloud console",
    "InvalidAction": "check the endpoint: it must be that of the service ccc",
    "NoSuchVersion": "check the endpoint: it must be that of the service ccc",
    "UnsupportedRegion": "check the endpoint: international accounts use https://ccc.intl.tencentcloudapi.com",
}


def advice(error: TencentError) -> str:
    """Return what to do about a failure in one sentence."""
    if isinstance(error, RateLimitTimeoutError):
        return "a collection takes longer than max_staleness at this rate: spread the applications over more keys"
    if isinstance(error, UnreadableKeyFileError):
        return "put the key into this file, readable for the user that the exporter runs as; no reload is needed"
    family = error.code.split(".", 1)[0]
    if error.code in _BY_CODE or family in _BY_CODE:
        return _BY_CODE.get(error.code) or _BY_CODE[family]
    match error:
        case ApiError() if "Unauthorized" in error.code or error.code == "FailedOperation.PermissionDenied":
            instead = "" if error.action in {"", sessions.ACTION} else " (or switch the collector off under collectors)"
            return f"check sdk_app_id, and grant the key's user this policy{instead}: {POLICY}"
        case ApiError() if family in {"InvalidParameter", "InvalidParameterValue", "ResourceNotFound"}:
            return "check sdk_app_id"
        case HttpStatusError():
            return "a gateway or a proxy answered, not the API: check the endpoint; the API may be down at the moment"
        case _:
            return "the API reports a fault of its own; the exporter tries again at each scrape"
