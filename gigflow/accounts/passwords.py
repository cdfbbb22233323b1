"""Passwords: what is accepted, how they are kept (SECURITY 6)."""

import unicodedata
from importlib import resources

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gigflow.accounts.models import PASSWORD_MAX, PASSWORD_MIN, PASSWORD_MIN_RELAXED
from gigflow.core.green import off_loop

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Checked for an unknown address, so that the answer takes as long as for a known one (SECURITY 7).
_decoy = _hasher.hash("nobody has this password")
_COMMONEST = frozenset(
    resources.files("gigflow.accounts")
    .joinpath("common-passwords.txt")
    .read_text(encoding="utf-8")
    .split("\n")
)


def hash_password(password: str) -> str:
    """Return the argon2id hash to store; costs about 25 ms in a thread of its own."""
    return off_loop(_hasher.hash, _normal(password))


def password_matches(password: str, stored: str | None) -> bool:
    """Return whether `password` is the one that `stored` was made from. None (no such user) and "" (nobody may sign in)
    take as long and are False.
    """
    return off_loop(_verify, _normal(password), stored or _decoy) and bool(stored)


def password_problem(password: str, *, name: str, email: str, strict: bool) -> str | None:
    """Return the sentence that says why this password is refused, or None if it is good.

    `strict` holds if the public address is https (docs/api.md, Tolerant to programs). No composition rules.
    """
    password = _normal(password)  # the characters that will be hashed
    least = PASSWORD_MIN if strict else PASSWORD_MIN_RELAXED
    if len(password) < least:
        return f"At least {least} characters."
    if len(password) > PASSWORD_MAX:
        return f"At most {PASSWORD_MAX} characters."
    if not strict:
        return None
    lowered = password.casefold()
    if lowered in _COMMONEST:
        return "This is one of the most common passwords. Please choose another."
    if lowered in {name.casefold(), email.casefold(), email.casefold().partition("@")[0]}:
        return "Your password cannot be your name or e-mail address."
    return None


def _verify(password: str, stored: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _normal(password: str) -> str:
    """Return the same characters however a keyboard composed them (NIST SP 800-63B 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)
