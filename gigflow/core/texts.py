"""What people can see of a text, and what reverses its direction."""

import unicodedata

# Marks, spaces and controls; and letters and symbols that look like nothing.
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp", "Mn", "Me"}
_BLANK = {"\u115f", "\u1160", "\u2800", "\u3164", "\uffa0"}
# They change the direction of whatever comes after them, including other people's words.
_TURNING = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))


def is_visible(text: str) -> bool:
    """Return whether at least one character of a text can be seen."""
    return any(unicodedata.category(char) not in _UNSEEN and char not in _BLANK for char in text)


def one_line(text: str, most: int) -> str:
    """Give a text on one line, of at most `most` characters: a longer one is cut and ends in "…"."""
    line = " ".join(text.splitlines())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def without_turning(text: str) -> str:
    """Return a text without the controls that would reverse what comes after it; letters keep their own direction."""
    return text.translate(_TURNING)
