"""E-mail addresses: which ones are accepted, and the one form by which each is known.

The form is lower case, its domain as IDNA 2008 reads it: bücher.example and xn--bcher-kva.example are one, and
straße.example is not strasse.example. Letters go to an address as it was typed, in lower case.
"""

import unicodedata

import email_validator

LONGEST = 254  # RFC 5321: the longest address that mail can carry
LOCAL_PART_MAX = 64  # octets: RFC 5321, 4.5.3.1

# docs/api.md, Tolerant to programs: addresses of test domains are accepted.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()


def is_address(text: str) -> bool:
    """Tell whether every mail program reads this as the same address.

    Nothing is accepted that would have to be changed first, except for its case and the script of its domain.
    """
    known = _parts(text)
    if known is None or "=?" in text:  # mail programs would decode that (RFC 2047)
        return False
    local_part, domain, in_ascii = known
    if len(local_part.encode()) > LOCAL_PART_MAX:
        return False
    typed_local_part, _, typed_domain = text.lower().rpartition("@")
    if typed_local_part != local_part or not unicodedata.is_normalized("NFKC", local_part):
        return False
    typed_labels = typed_domain.split(".")
    if len(typed_labels) != domain.count(".") + 1:  # with another dot than the usual one
        return False
    pairs = zip(domain.split("."), in_ascii.split("."), strict=True)
    return all(typed in pair for typed, pair in zip(typed_labels, pairs, strict=True))


def as_typed(text: str) -> str:
    """Give an address in the script that was typed, in lower case."""
    return text.strip().lower()


def normal_form(text: str) -> str:
    """Give the form by which an address is known; if it is no address, the text itself in lower case."""
    typed = as_typed(text)
    if typed.isascii() and "xn--" not in typed:
        return typed
    known = _parts(typed)
    return f"{known[0]}@{known[1]}" if known else typed


def forms_of(text: str) -> list[str]:
    """Give every form in which an account may keep this address, the likeliest first.

    What was typed comes first: older accounts are kept under that, and two of them may have one form.
    """
    typed = as_typed(text)
    if typed.isascii() and "xn--" not in typed:
        return [typed]
    known = _parts(typed)
    if known is None:
        return [typed]
    local_part, domain, in_ascii = known
    return list(dict.fromkeys([typed, f"{local_part}@{domain}", f"{local_part}@{in_ascii}"]))


def _parts(text: str) -> tuple[str, str, str] | None:
    """Return the local part in lower case, and the domain in its own script and in ASCII; None if this is no
    address.
    """
    if len(text) > LONGEST:
        return None
    try:
        found = email_validator.validate_email(text, check_deliverability=False)
    except email_validator.EmailNotValidError:
        return None
    return found.local_part.lower(), found.domain.lower(), (found.ascii_domain or "").lower()
