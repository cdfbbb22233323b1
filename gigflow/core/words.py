"""Words, so that a gig is found by any part of any of them (docs/measured.md, Search)."""

import re
import threading
import unicodedata
from collections.abc import Iterable

from gigflow.core.green import off_loop
from gigflow.core.near import near_words

WORD_MAX = 64  # characters; longer ones are cut, in texts and in searches alike
PARTS_MAX = 12  # of a search; each makes it dearer, and a text that long is found by its beginning
FRESH_MAX = 1_000  # words that are kept apart in a dictionary before they join the rest
LETTERS_LEAST = 5  # shorter words have too many others one letter away
WRONG_MAX = 2  # words of a search that are put right at once
ADDRESS_MAX = 60  # characters of the words in an address
GONE_MAX = 5_000  # words that are gone before the dictionary is written again

# What begins like this is a whole skill; nobody can type it, since words lose such a start.
_SKILL_MARK = "\u0001"

_ENDS = re.compile(r"^[^\w+#]+|[^\w+#]+$")
_BETWEEN = re.compile(r"[\s,]+")
_IN_ADDRESSES = re.compile(r"[a-z0-9]+")
# What people type in different ways for the same word: "don't", "don’t" and "dont".
_APOSTROPHES = "'’‘‛ʼʻ`´ʹ′‵\u1fbd\u1fbf\u1ffd\ua78c\u05f3\uff07\uff40"
_WITHOUT_APOSTROPHES = dict.fromkeys(map(ord, _APOSTROPHES))  # NFKD makes a space of some
# Latin letters that Unicode does not take for a letter and a mark, as people write them without that letter on their
# keyboard. The names of the others say what they are: "LATIN SMALL LETTER O WITH STROKE".
_LETTERS = {
    "ı": "i",
    "ȷ": "j",
    "ð": "d",
    "þ": "th",
    "ŋ": "n",
    "ĸ": "k",
    "ə": "e",
    "ʉ": "u",
    "ɵ": "o",
    "♯": "#",
}
_LATIN = re.compile(r"LATIN SMALL (?:LETTER|LIGATURE) ([A-Z]{1,2})(?: WITH .*)?")
# Sound marks make another letter of a kana: they stay.
_KANA_MARKS = "\u3099\u309a"
# Characters that nobody sees or that only stretch a word, besides those of the categories Cf and Cc: joiners of marks,
# fillers, variation selectors, the tatweel and the hyphenation point.
_UNSEEN = re.compile(
    "[\u034f\u0640\u2027\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
_DASHES = "\u2212\u2043"  # the minus and the hyphen bullet; other dashes are of the category Pd


class _Folds(dict[int, str]):
    """What each character becomes, found out once."""

    def __missing__(self, code: int) -> str:
        self[code] = fold = _fold_of(chr(code))
        return fold


def _fold_of(char: str) -> str:
    """Return how a character is compared: in small letters and taken apart."""
    category = unicodedata.category(char)
    if char in _APOSTROPHES or category == "Cf" or _UNSEEN.match(char):
        return ""
    if category == "Cc" and not char.isspace():
        return ""
    if unicodedata.combining(char):
        return char if char in _KANA_MARKS else ""
    if category == "Pd" or char in _DASHES:
        return "-"
    if char in _LETTERS:
        return _LETTERS[char]
    latin = _LATIN.fullmatch(unicodedata.name(char, "")) if ord(char) > 127 else None
    return latin[1].lower() if latin else char


_FOLDS = _Folds()


def folded(text: str) -> str:
    """Return a text as it is compared: without case, accents, strokes, ligatures, apostrophes and invisible characters,
    and with one kind of hyphen. So "cafe" finds "Café" and "kobenhavn" finds "København". The one way to compare words,
    skills and filters.
    """
    if text.isascii():
        return text.lower().translate(_FOLDS)
    apart = unicodedata.normalize(
        "NFKD", text.translate(_WITHOUT_APOSTROPHES)
    ).casefold()  # ™ is TM only then
    return unicodedata.normalize("NFKD", apart).translate(_FOLDS)


def skill_word(skill: str) -> str:
    """Return how a whole skill is written among the words of what has it."""
    return _SKILL_MARK + folded(skill)


def address_words(text: str) -> str:
    """Return the words of a text as an address has them: "logo-design"; "" if there are none in Latin letters."""
    words: list[str] = []
    for word in _IN_ADDRESSES.findall(folded(text)):
        if len("-".join([*words, word])) > ADDRESS_MAX:
            break
        words.append(word)
    return "-".join(words)


def words_of(text: str, most: int | None = None) -> list[str]:
    """Return the distinct words of a text, folded and without punctuation at their ends: the first `most`, or all."""
    found: dict[str, None] = {}
    for chunk in _BETWEEN.split(folded(text)):
        word = _ENDS.sub("", chunk)[:WORD_MAX]
        if word:
            found[word] = None
            if len(found) == most:
                break
    return list(found)


def parts_of(search: str) -> list[str]:
    """Return what somebody typed, as parts of words that must all be found: the first `PARTS_MAX` of them.

    A chunk of nothing but punctuation is no part, as it is no word of a text, unless nothing else was typed.
    """
    parts = words_of(search.replace("\0", " "), PARTS_MAX)
    chunks = [chunk[:WORD_MAX] for chunk in _BETWEEN.split(folded(search.replace("\0", " "))) if chunk]
    return parts or list(dict.fromkeys(chunks))[:PARTS_MAX]


def spelling_of(word: str, text: str) -> str:
    """Return how a text spells this word, in small letters; if the text does not have it, the word itself."""
    for chunk in _BETWEEN.split(unicodedata.normalize("NFC", text).lower()):
        spelling = _ENDS.sub("", chunk)
        if folded(spelling) == word and spelling.isprintable():
            return spelling
    return unicodedata.normalize("NFC", word)


def with_word(text: str, part: str, word: str) -> str:
    """Return a search in which this word stands for a part of it, and everything else as it was typed."""
    chunks = re.split(r"([\s,]+)", text.replace("\0", " "))
    return "".join(word if words_of(chunk) == [part] else chunk for chunk in chunks).strip()


class Dictionary:
    """Every distinct word in use, as one text in which parts are looked up.

    200,000 words are 2 MB, and a part is found in at most 2 ms; a set of them would take ten times the memory and know
    no parts. New words are kept in a short text of their own, so that learning one costs microseconds however many are
    known; words that are no longer in use go in one sweep.
    """

    def __init__(self) -> None:
        self._text = "\n"
        self._recent = "\n"
        self._fresh: set[str] = set()
        self._gone: set[str] = set()
        self._lock = threading.Lock()

    def add(self, words: Iterable[str]) -> None:
        """Learn these words too. A known one may be in the text twice: it is found once."""
        with self._lock:
            known = dict.fromkeys(words)
            self._gone.difference_update(known)
            new = [word for word in known if word not in self._fresh]
            self._fresh.update(new)
            self._recent += "".join(f"{word}\n" for word in new)
            if len(self._fresh) > FRESH_MAX:
                self._text += self._recent[1:]
                self._recent, self._fresh = "\n", set()

    def forget(self, words: Iterable[str]) -> None:
        """Forget these words, once there are enough of them: until then they are found and lead nowhere."""
        with self._lock:
            self._gone.update(words)
            if len(self._gone) <= GONE_MAX:
                return
            text, gone = self._text, self._gone
            self._gone = gone & self._fresh  # words that have not joined the text go another time
        kept = off_loop(_without, text, gone)  # others find and add while it is made
        with self._lock:
            if self._text.startswith(text):  # else it was written again
                self._text = kept + self._text[len(text) :]

    def merge(self, words: Iterable[str]) -> None:
        """Learn these words too, however many; a known word is never forgotten, whenever it was added."""
        read = list(words)  # which takes a while, and others add words in the meantime
        with self._lock:
            self._gone.difference_update(read)
            self._rewrite(read)

    def find(self, part: str, most: int) -> list[str] | None:
        """Return the words that have this part in them, or None if there are more than `most`."""
        with self._lock:
            texts = (self._text, self._recent)
        found: dict[str, None] = {}
        for text in texts:
            at = text.find(part)
            while at >= 0:
                start = text.rfind("\n", 0, at) + 1
                end = text.find("\n", at)
                found[text[start:end]] = None
                if len(found) > most:
                    return None
                at = text.find(part, end)
        return list(found)

    def near(self, parts: list[str], most: int) -> dict[str, list[str]]:
        """Return which words are one letter away from parts of a search, by part: of the parts that no word has, or, if
        there is none, of those that might be meant otherwise. Nothing if that does not help: too many parts are
        unknown, or one of them is short or has no such word. A look through everything, for a thread of its own.
        """
        with self._lock:
            texts = (self._text, self._recent)
        unknown = [part for part in parts if not any(part in text for text in texts)]
        if len(unknown) > WRONG_MAX or not all(map(_is_long, unknown)):
            return {}
        wanted = unknown or [part for part in parts if _is_long(part)][:WRONG_MAX]
        near = {part: near_words(texts, part, most) for part in wanted}
        return {} if unknown and not all(near.values()) else {part: near[part] for part in near if near[part]}

    def _rewrite(self, read: list[str]) -> None:
        """Write the text again: each word once, without those that are gone."""
        known = dict.fromkeys([*self._text.split(), *self._recent.split(), *read])
        self._text = "\n" + "".join(f"{word}\n" for word in known if word not in self._gone)
        self._recent, self._fresh, self._gone = "\n", set(), set()


def _is_long(part: str) -> bool:
    letters = sum(unicodedata.category(char)[0] in "LM" for char in part)
    return letters >= LETTERS_LEAST and len(part) < WORD_MAX


def _without(text: str, gone: set[str]) -> str:
    return "\n" + "".join(f"{word}\n" for word in text.split() if word not in gone)
