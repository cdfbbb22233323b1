"""Links that do one small thing for anybody who has them, signed in or not: signed, so that nobody can make another."""

from itsdangerous import BadSignature, URLSafeSerializer

STOP_LETTERS = "unsubscribe"  # what a link does is part of its signature: it can do nothing else


def sign(secret_key: str, purpose: str, words: list[str]) -> str:
    """Give the token of a link that means these words. It does not expire."""
    return str(URLSafeSerializer(secret_key, salt=purpose).dumps(words))


def read(secret_key: str, purpose: str, token: str) -> list[str] | None:
    """Give the words that a token of ours means, or None for any other."""
    try:
        words: list[str] = URLSafeSerializer(secret_key, salt=purpose).loads(token)
    except (BadSignature, ValueError):
        return None
    return words
