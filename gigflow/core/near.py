"""Words that are one letter away from one that somebody typed (docs/decisions/0049-did-you-mean.md)."""

from collections.abc import Iterable, Iterator

VISITED_MAX = 20_000  # words that share a half with what was typed, and are compared with it
# Characters that are looked through at once: other threads go on in between.
_WINDOW = 500_000


def is_one_letter_off(typed: str, word: str) -> bool:
    """Return whether one letter is another, missing, too many, or has changed places with its neighbour."""
    if typed == word or abs(len(typed) - len(word)) > 1:
        return False
    most = min(len(typed), len(word))
    start = 0
    while start < most and typed[start] == word[start]:
        start += 1
    end = 0
    while end < most - start and typed[-1 - end] == word[-1 - end]:
        end += 1
    left, right = typed[start : len(typed) - end], word[start : len(word) - end]
    return max(len(left), len(right)) == 1 or (len(left) == 2 and left == right[::-1])


def near_words(texts: Iterable[str], typed: str, most: int) -> list[str]:
    """Return at most `most` words of these texts (one a line) that are one letter away, the likeliest first.

    One wrong letter leaves one half of a word as it is. So only words that begin or end with a half of what was typed
    are compared with it; two letters that changed places in its middle are one more word to look for.
    """
    half = len(typed) // 2
    start, end = typed[:half], typed[half:]
    swapped = f"{start[:-1]}{end[0]}{start[-1]}{end[1:]}"
    found: set[str] = set()
    visited = 0
    for text in texts:
        for needle in (f"\n{start}", f"{end}\n", f"\n{swapped}\n"):
            for word in _lines_with(text, needle):
                if is_one_letter_off(typed, word):
                    found.add(word)
                visited += 1
                if visited > VISITED_MAX:
                    return _likeliest(typed, found)[:most]
    return _likeliest(typed, found)[:most]


def _likeliest(typed: str, found: set[str]) -> list[str]:
    """Sort words by how likely somebody meant them: few miss the first letter, and more miss or swap a letter than
    type another.
    """

    def doubt(word: str) -> tuple[bool, bool, str]:
        is_other = len(word) == len(typed) and sorted(word) != sorted(typed)
        return word[0] != typed[0], is_other, word

    return sorted(found, key=doubt)


def _lines_with(text: str, needle: str) -> Iterator[str]:
    """Yield the lines in which `needle` is, with or without the ends of the line."""
    for begin in range(0, len(text), _WINDOW):
        stop = min(begin + _WINDOW + len(needle) - 1, len(text))
        at = text.find(needle, begin, stop)
        while at >= 0:
            start = at + 1 if needle[0] == "\n" else text.rfind("\n", 0, at) + 1
            end = text.find("\n", at + 1)
            yield text[start:end]
            at = text.find(needle, end, stop) if needle[0] == "\n" else text.find(needle, at + 1, stop)
