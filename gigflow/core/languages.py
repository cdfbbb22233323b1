"""Languages by their codes in ISO 639, with the names that people read."""

from collections.abc import Iterable
from functools import cache

from babel import Locale

from gigflow.core.words import folded

# Of the codes of three letters, those of languages that many people would miss.
_LONGER = ("ase", "fil", "gsw", "yue")
LANGUAGE_MAX = 40  # characters of a name
_OLD = ("sh",)  # a code that was given up


@cache
def known_languages() -> dict[str, str]:
    """Return the languages by their codes, in the order of their names."""
    known = {code: str(name) for code, name in Locale("en").languages.items() if isinstance(code, str)}
    codes = [code for code in known if (len(code) == 2 and code not in _OLD) or code in _LONGER]
    return dict(sorted(((code, known[code]) for code in codes), key=lambda pair: folded(pair[1])))


def language_of(text: str) -> str | None:
    """Return the code of the language that a text names, by its code or its name; None if there is no such language."""
    return _codes().get(folded(text.strip()))


@cache
def _codes() -> dict[str, str]:
    names = known_languages()
    return {folded(name): code for code, name in names.items()} | {code: code for code in names}


def names_of(codes: Iterable[str]) -> list[str]:
    """Return the names of languages by their codes; a code that is unknown by now is left out."""
    return [known_languages()[code] for code in codes if code in known_languages()]
