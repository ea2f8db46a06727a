"""The error codes that Tencent Cloud documents.

Those of all services: https://www.tencentcloud.com/document/product/1278/85305.
"""

from __future__ import annotations

THROTTLED = "RequestLimitExceeded"
"""What the codes of all errors begin with that the API tells for a rate that is too high."""
SIGNATURE_EXPIRED = "AuthFailure.SignatureExpire"
TOKEN_REFUSED = "AuthFailure.TokenFailure"  # noqa: S105 -- a code
"""What the API tells for a temporary key that it does not take, because it has expired or was withdrawn."""
TRANSIENT_FAMILIES = frozenset({THROTTLED, "InternalError", "ServiceUnavailable"})
"""The families of errors that are likely to pass."""
_KEY_FAMILIES = frozenset({"AuthFailure", "UnauthorizedOperation", "OperationDenied"})
_PERMISSION_DENIED = "FailedOperation.PermissionDenied"

KNOWN = frozenset(
    {
        "ActionOffline",
        "AuthFailure",
        "AuthFailure.InvalidAuthorization",
        "AuthFailure.InvalidSecretId",
        "AuthFailure.MFAFailure",
        "AuthFailure.SecretIdNotFound",
        SIGNATURE_EXPIRED,
        "AuthFailure.SignatureFailure",
        TOKEN_REFUSED,
        "AuthFailure.UnauthorizedOperation",
        "DryRunOperation",
        "FailedOperation",
        "FailedOperation.PermissionDenied",
        "InternalError",
        "InternalError.DBError",
        "InvalidAction",
        "InvalidParameter",
        "InvalidParameterValue",
        "InvalidParameterValue.InstanceNotExist",
        "InvalidRequest",
        "IpInBlacklist",
        "IpNotInWhitelist",
        "LimitExceeded",
        "LimitExceeded.OutOfCountLimit",
        "MissingParameter",
        "NoSuchProduct",
        "NoSuchVersion",
        "OperationDenied",
        "OperationDenied.NotInWhiteList",
        "OperationDenied.UinDisabled",
        THROTTLED,
        "RequestLimitExceeded.GlobalRegionUinLimitExceeded",
        "RequestLimitExceeded.IPLimitExceeded",
        "RequestLimitExceeded.UinLimitExceeded",
        "RequestSizeLimitExceeded",
        "ResourceInUse",
        "ResourceInsufficient",
        "ResourceNotFound",
        "ResourceUnavailable",
        "ResponseSizeLimitExceeded",
        "ServiceUnavailable",
        "UnauthorizedOperation",
        "UnknownParameter",
        "UnsupportedOperation",
        "UnsupportedProtocol",
        "UnsupportedRegion",
    }
)


def label_of(code: str) -> str:
    """Return a code as the label of a metric: itself or its family where that is documented, else `other`.

    Codes come from outside, and a label of which there can be any number is a series each.
    """
    family = code.split(".", 1)[0]
    return next((known for known in (code, family) if known in KNOWN), "other")


def refuses_key(code: str) -> bool:
    """Tell whether an error is about the key, or about what it may do."""
    return code == _PERMISSION_DENIED or (code.split(".", 1)[0] in _KEY_FAMILIES and code != SIGNATURE_EXPIRED)
