"""What people can see of a text, what reverses its direction, and how a text of theirs stands in a sentence of ours."""

import re
import unicodedata

# Marks, spaces and controls; and letters and symbols that look like nothing.
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp", "Mn", "Me"}
_BLANK = {"\u115f", "\u1160", "\u2800", "\u3164", "\uffa0"}
# They change the direction of whatever comes after them, including other people's words.
_TURNING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_RIGHT_TO_LEFT = {"R", "AL", "AN"}
# Marks that a person set in a title. A lone one is an inch, or a slip, and stays.
_INNER_MARKS = re.compile(r'“([^“”]*)”|(?<!\w)"([^"]*)"(?!\w)')
# NUL, which is shown nowhere, and half a surrogate pair, which cannot be stored.
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
_JOINED = {"Mn", "Mc", "Me", "Cf"}  # what belongs to the character before it


def is_visible(text: str) -> bool:
    """Return whether at least one character of a text can be seen."""
    return any(unicodedata.category(char) not in _UNSEEN and char not in _BLANK for char in text)


def check_is_text(text: str) -> None:
    """Raise ValueError, with a sentence, if a text contains what is none."""
    if _NO_TEXT.search(text):
        raise ValueError("This contains characters that are not text.")


def legible(text: str) -> str:
    """Return a text that can be shown: with a mark in the place of what is no text."""
    return _NO_TEXT.sub("\ufffd", text)


def one_line(text: str, most: int) -> str:
    """Give a text on one line, of at most `most` characters: a longer one is cut and ends in "…"."""
    line = " ".join(text.splitlines())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def without_turning(text: str) -> str:
    """Return a text without the controls that would reverse what comes after it; letters keep their own direction."""
    return text.translate(_TURNING)


def isolated(text: str) -> str:
    """Return what a person wrote as it stands in a sentence of ours: if letters of it run right to left, it is
    isolated, so that they turn nothing around it.
    """
    plain = without_turning(text)
    turns = any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in plain)
    return f"\u2068{plain}\u2069" if turns else plain


def quoted(title: str, most: int | None = None) -> str:
    """Return the title of a job or a service as it stands in a sentence of ours: in quotation marks, those inside of
    it single ones, and of at most so many characters.
    """
    inner = _INNER_MARKS.sub(lambda marked: f"‘{marked[1] or marked[2] or ''}’", title)
    return f"“{isolated(shortened(inner, most) if most else inner)}”"


def shortened(text: str, most: int) -> str:
    """Give a text of at most `most` characters; a longer one is cut after a word, if there is one, and ends in "…"."""
    if len(text) <= most:
        return text
    cut = most - 1
    while cut > 1 and unicodedata.category(text[cut]) in _JOINED:
        cut -= 1
    words, space, _ = text[: cut + 1].rpartition(" ")
    kept = words if space and len(words) > most // 2 else text[:cut]
    return f"{kept.rstrip(' ,;:.–—-')}…"
