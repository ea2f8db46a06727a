"""What to do about a failure, in words for the person who reads the log."""

from __future__ import annotations

from exporter.sessions.reader import ACTION
from exporter.tencent.errors import ApiError, BudgetTimeoutError, HttpStatusError, TencentError

POLICY = '{"version":"2.0","statement":[{"effect":"allow","action":["ccc:' + ACTION + '"],"resource":["*"]}]}'
"""The least that a key must be allowed, as a policy of Tencent Cloud's Cloud Access Management."""

_BY_CODE = {
    "timeout": "check the endpoint and the network between; Tencent Cloud may be slow for the moment",
    "connection": "check the endpoint, the network and any proxy between",
    "dns": "check the endpoint's spelling and this machine's name servers",
    "tls": "check the endpoint; where a proxy with a private authority is between, set ca_file",
    "bad_body": "check that the endpoint is that of Tencent Cloud, not of a proxy or a portal",
    "no_credentials": "give a readable key: in the configuration, the environment or ~/.tencentcloud/credentials",
    "RequestLimitExceeded": "lower requests_per_second: something else uses the same key",
    "AuthFailure.SecretIdNotFound": "wrong key: check secret_id, and that the key is enabled",
    "AuthFailure.SignatureFailure": "wrong key: check secret_key",
    "AuthFailure.TokenFailure": "the token is wrong or has expired: give a new one, or none with a permanent key",
    "AuthFailure.InvalidAuthorization": "wrong key: check secret_id for stray characters",
    "AuthFailure.SignatureExpire": "set this machine's clock by NTP",
    "InvalidAction": "check the endpoint: it must be that of the service ccc",
    "NoSuchVersion": "check the endpoint: it must be that of the service ccc",
    "UnsupportedRegion": "check the endpoint, international accounts use https://ccc.intl.tencentcloudapi.com",
}


def advice(error: TencentError) -> str:
    """Return what to do about a failure in one sentence."""
    if isinstance(error, BudgetTimeoutError):
        return "the list is too long for requests_per_second and max_staleness: spread the applications over more keys"
    family = error.code.split(".", 1)[0]
    if error.code in _BY_CODE or family in _BY_CODE:
        return _BY_CODE.get(error.code) or _BY_CODE[family]
    match error:
        case ApiError() if "Unauthorized" in error.code or error.code == "FailedOperation.PermissionDenied":
            return f"check sdk_app_id, and grant the key's user this policy: {POLICY}"
        case ApiError() if family in {"InvalidParameter", "InvalidParameterValue", "ResourceNotFound"}:
            return "check sdk_app_id"
        case HttpStatusError():
            return "a gateway or a proxy answered, not the API, which may be down for the moment: check the endpoint"
        case _:
            return "the fault is on the other side; the exporter goes on trying at each scrape"
