"""Whether a message speaks of ways past the site: an address, a number to call, an account to pay to. Nothing is
stopped for it: its reader is told in one line what GigFlow cannot do for them then (docs/decisions/0063).

It is a guess. A number counts only if it is written as telephone numbers are; what looks like a date, a time, a price
or the number of an order does not.
"""

import re
import unicodedata
from collections.abc import Sequence

from gigflow.accounts.models import Viewer
from gigflow.chat import hooks
from gigflow.chat.models import Conversation, Shown
from gigflow.core.db import Db

_NAMES = re.compile(
    r"\b(?:wa|t|paypal)\.me/|\b(?:whats ?app|telegram|viber|wechat|skype|pay ?pal|venmo|cash ?app|zelle|revolut|"
    r"payoneer|western union|moneygram|(?:bank|wire) transfer|iban)(?![a-z])"
)
# A picture for a sharp screen (logo@2x.png) and a repository (git@…) are no addresses of people.
_EMAIL = re.compile(
    r"(?<![\w.+-])(?!git@)[\w.+-]+(?:@(?!\dx\.)|\s?[(\[]at[)\]]\s?)"
    r"[\w-]+(?:(?:\.|\s?[(\[]dot[)\]]\s?)[\w-]+)*(?:\.|\s?[(\[]dot[)\]]\s?)[a-z]{2,}"
)
_IBAN = re.compile(r"(?<!\w)[a-z]{2}\d{2}(?:[ -]?[a-z0-9]){11,30}(?!\w)")
# How many characters an IBAN of each country has: what stands behind it may look like a part of it.
_ACCOUNTS = {
    country: length
    for length, countries in {
        15: "no",
        16: "be",
        18: "dk fi fo gl nl",
        19: "mk si",
        20: "at ba ee kz lt lu xk",
        21: "ch hr li lv",
        22: "bg bh cr de gb ge ie me rs",
        23: "ae gi il iq tl",
        24: "ad cz es md pk ro sa se sk tn vg",
        25: "ly pt st",
        26: "is tr",
        27: "fr gr it mc mr sm",
        28: "al az by cy do gt hu lb pl sv",
        29: "br eg ps qa ua",
        30: "jo kw mu",
        31: "mt sc",
        32: "lc",
    }.items()
    for country in countries.split()
}
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
# What is no telephone number, however many digits it has.
_OTHER_NUMBERS = re.compile(
    r"(?<![\d./-])(?:\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}[./-]\d{1,2}[./-]\d{1,2})(?![./-]?\d)"  # a date
    rf"|\b\d{{1,2}}\.? {_MONTH}(?: \d{{4}})?|\b{_MONTH} \d{{1,2}}(?:, \d{{4}})?"
    r"|\d{1,2}:\d{2}(?::\d{2})?"  # a time
    r"|(?:#|№|\b(?:order|invoice|ticket|isbn|ean|ref|reference|tracking|item|job|version)\b)[ .:#]{0,3}"
    r"(?:(?:no|number|id|code)\b[ .:#]{0,3})?\d[\d .\-/]*"
)
# Digits with what people put between them; a comma is of amounts.
_DIGITS = re.compile(r"(?<![\w.,+-])(?:\+|\(\+?)?\d(?:[ ().\-/]{0,3}\d)*(?![\w,])")
_LONGEST = 15  # digits of a telephone number (E.164)
# How telephone numbers are written: with the code of a country, that of a place, or in three parts as in North America.
_ABROAD = re.compile(r"\(?\+|00[1-9]\d{8}")
_PLACE = re.compile(r"\(?0[1-9]")
_IN_THREE_PARTS = re.compile(r"(?:1[ .-])?\(?[2-9]\d{2}\)?[ .-]{1,2}\d{3}[ .-]\d{4}\Z")
_DIGITS_LEAST = 9  # of a telephone number; one of an account has more
_CALLED = re.compile(r"\b(?:tel|phone|mobile|cell|call|ring|text)\b[^\d\n+(]{0,20}\Z")
_BEFORE = 30  # characters in which a word may say that a number is to be called


def warned_of(db: Db, viewer: Viewer, conversation: Conversation, rows: Sequence[Shown]) -> set[int]:
    """Return the numbers of messages to the viewer that speak of paying elsewhere; none once one of the two has paid
    the other here.
    """
    found = {
        each.seq
        for each in rows
        if each.entry.to_id == viewer.user_id and speaks_of_paying_elsewhere(each.text)
    }
    if found and any(has_paid(db, *conversation.people) for has_paid in hooks.has_paid):
        return set()
    return found


def speaks_of_paying_elsewhere(text: str) -> bool:
    """Return whether a text names a way to reach or pay its writer past the site."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    if _NAMES.search(plain) or _EMAIL.search(plain):
        return True
    has_number = sum(map(str.isdigit, plain)) >= _DIGITS_LEAST
    return has_number and (_has_account(plain) or _has_phone(plain))


def _has_account(plain: str) -> bool:
    """Return whether a text has the number of a bank account (IBAN), whose digits check themselves."""
    return any(_is_account("".join(filter(str.isalnum, found[0]))) for found in _IBAN.finditer(plain))


def _is_account(text: str) -> bool:
    account = text[: _ACCOUNTS.get(text[:2], 0)]
    if not account or len(account) != _ACCOUNTS[text[:2]]:
        return False
    return int("".join(str(int(char, 36)) for char in account[4:] + account[:4])) % 97 == 1


def _has_phone(plain: str) -> bool:
    left = _OTHER_NUMBERS.sub(";", plain)
    return any(
        _is_phone(found[0], left[max(0, found.start() - _BEFORE) : found.start()])
        for found in _DIGITS.finditer(left)
    )


def _is_phone(written: str, before: str) -> bool:
    digits = "".join(filter(str.isdigit, written))
    if not _DIGITS_LEAST <= len(digits) <= _LONGEST:
        return False
    has_code = _ABROAD.match(written) or _ABROAD.match(digits) or _PLACE.match(written)
    return bool(has_code or _IN_THREE_PARTS.match(written) or _CALLED.search(before))
