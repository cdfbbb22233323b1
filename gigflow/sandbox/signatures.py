"""How the sandbox signs what it tells, and how its receiver checks it (SECURITY 21)."""

import hashlib
import hmac
import re

from gigflow.payments.gateway import BadSignature
from gigflow.payments.models import EVENT_AGE, EVENT_AHEAD

HEADER = "Sandbox-Signature"

_PURPOSE = b"sandbox webhooks"
_SIGNATURE = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})")


def sign(secret_key: str, body: bytes, at: int) -> str:
    """Return the value of the header `Sandbox-Signature` for a body that is sent at `at`, in seconds since 1970.

    `secret_key` is the installation's SECRET_KEY, from which the key of the webhooks is derived.
    """
    return f"t={at},v1={_digest(secret_key, body, at)}"


def check_signature(secret_key: str, body: bytes, signature: str, now: float) -> None:
    """Check that the header is the sandbox's for this body, and not older or newer than clocks may differ.

    Raises BadSignature.
    """
    found = _SIGNATURE.fullmatch(signature)
    if found is None:
        raise BadSignature("There is no signature.")
    at = int(found[1])
    if not hmac.compare_digest(found[2], _digest(secret_key, body, at)):
        raise BadSignature("The signature is not the sandbox's.")
    if not now - EVENT_AGE.total_seconds() <= at <= now + EVENT_AHEAD.total_seconds():
        raise BadSignature("The signature is too old, or from the future.")


def _digest(secret_key: str, body: bytes, at: int) -> str:
    key = hmac.digest(secret_key.encode(), _PURPOSE, "sha256")
    return hmac.new(key, b"%d.%b" % (at, body), hashlib.sha256).hexdigest()
