"""Words, so that a gig is found by any part of any of them (PERFORMANCE.md, Search)."""

import re
import threading
import unicodedata
from collections.abc import Iterable

WORD_MAX = 64  # characters; what is longer is cut, in texts and in searches alike
PARTS_MAX = 12  # of a search; each makes it dearer, and a text that long is found by its beginning

_ENDS = re.compile(r"^[^\w+#]+|[^\w+#]+$")
_BETWEEN = re.compile(r"[\s,]+")
# What people type in different ways for the same word: "don't", "don’t" and "dont"; a dotless i.
_ALIKE = str.maketrans({**dict.fromkeys("'’‘ʼ`´"), "ı": "i"})


def folded(text: str) -> str:
    """Text as it is compared: without case, accents and apostrophes, so that "cafe" finds "Café"."""
    apart = unicodedata.normalize("NFKD", text.translate(_ALIKE)).casefold()  # ™ is TM only then
    apart = unicodedata.normalize("NFKD", apart)
    return "".join(char for char in apart if not unicodedata.combining(char))


def words_of(text: str, most: int | None = None) -> list[str]:
    """The distinct words of a text, folded and without punctuation at their ends: the first `most`, or all."""
    found: dict[str, None] = {}
    for chunk in _BETWEEN.split(folded(text)):
        word = _ENDS.sub("", chunk)[:WORD_MAX]
        if word:
            found[word] = None
            if len(found) == most:
                break
    return list(found)


def parts_of(search: str) -> list[str]:
    """What somebody typed, as parts of words that are all to be found: the first `PARTS_MAX` of them.

    A chunk of nothing but punctuation is none, as it is no word of a text, unless all that was typed is such.
    """
    parts = words_of(search.replace("\0", " "), PARTS_MAX)
    chunks = [chunk[:WORD_MAX] for chunk in _BETWEEN.split(folded(search.replace("\0", " "))) if chunk]
    return parts or list(dict.fromkeys(chunks))[:PARTS_MAX]


class Dictionary:
    """Every distinct word that was ever used, as one text in which parts are looked up.

    200,000 words are 2 MB, and a part is found in at most 2 ms; a set of them would take ten times the memory and
    know no parts.
    """

    def __init__(self) -> None:
        self._text = "\n"
        self._lock = threading.Lock()

    def add(self, words: Iterable[str]) -> None:
        """Know these words too; known ones are not doubled."""
        with self._lock:
            new = [word for word in dict.fromkeys(words) if f"\n{word}\n" not in self._text]
            self._text += "".join(f"{word}\n" for word in new)

    def merge(self, words: Iterable[str]) -> None:
        """Know these words too, however many; none that is known is forgotten, whenever it was added."""
        read = list(words)  # which takes a while, and others add words meanwhile
        with self._lock:
            known = self._text.split()
            self._text = "\n" + "".join(f"{word}\n" for word in dict.fromkeys([*known, *read]))

    def find(self, part: str, most: int) -> list[str] | None:
        """The words that have this part in them; None where that are more than `most`."""
        text = self._text
        found: list[str] = []
        at = text.find(part)
        while at >= 0:
            start = text.rfind("\n", 0, at) + 1
            end = text.find("\n", at)
            found.append(text[start:end])
            if len(found) > most:
                return None
            at = text.find(part, end)
        return found
