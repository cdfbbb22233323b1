"""Words, so that a gig is found by any part of any of them (PERFORMANCE.md, Search)."""

import re
import threading
import unicodedata
from collections.abc import Iterable

WORD_MAX = 64  # characters; what is longer is cut, in texts and in searches alike

_ENDS = re.compile(r"^[^\w+#]+|[^\w+#]+$")


def folded(text: str) -> str:
    """Text as it is compared: without case and accents, so that "cafe" finds "Café"."""
    apart = unicodedata.normalize("NFKD", text).casefold()  # ™ is TM only then
    apart = unicodedata.normalize("NFKD", apart)
    return "".join(char for char in apart if not unicodedata.combining(char))


def words_of(text: str, most: int | None = None) -> list[str]:
    """The distinct words of a text, folded and without punctuation at their ends: the first `most`, or all."""
    found: dict[str, None] = {}
    for chunk in folded(text).split():
        word = _ENDS.sub("", chunk)[:WORD_MAX]
        if word:
            found[word] = None
            if len(found) == most:
                break
    return list(found)


def parts_of(search: str) -> list[str]:
    """What somebody typed, as parts of words that are all to be found. What is nothing but punctuation stays."""
    chunks = folded(search.replace("\0", " ")).split()
    return list(dict.fromkeys((_ENDS.sub("", chunk) or chunk)[:WORD_MAX] for chunk in chunks))


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
