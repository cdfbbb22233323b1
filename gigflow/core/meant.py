"""What somebody may have meant by the words of a search (docs/decisions/0049-did-you-mean.md)."""

from collections.abc import Iterator

from gigflow.core.words import with_word


def choices(near: dict[str, list[str]], most: int) -> Iterator[dict[str, str]]:
    """Yield which words may stand for which parts, the likeliest first: all parts put right, or one of them, by at most
    `most` words each."""
    if near:
        yield {part: words[0] for part, words in near.items()}
    for rank in range(most):
        for part, words in near.items():
            if rank < len(words) and (rank or len(near) > 1):
                yield {part: words[rank]}


def corrected(text: str, words: dict[str, str]) -> str:
    """Return a text with these of its parts written as other words."""
    for part, word in words.items():
        text = with_word(text, part, word)
    return text
