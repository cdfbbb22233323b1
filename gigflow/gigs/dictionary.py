"""The words by which gigs are found, and the dictionary of them that each process keeps (docs/measured.md, Search)."""

import re
from collections.abc import Iterable
from weakref import WeakKeyDictionary

from pymongo import UpdateOne

from gigflow.core.db import Db, Declared
from gigflow.core.green import off_loop
from gigflow.core.words import Dictionary, folded, words_of

WORDS = Declared("words")
WORD_STATE = Declared("word_state")  # by which folding they were made, and how far the sweep has come

# At most this many words of a gig (docs/decisions/0028), more than people write: a title has 120 characters, and there
# are 15 skills. Of a description its first words.
TITLE_WORDS_MAX = 40
SKILL_WORDS_MAX = 60
TEXT_WORDS_MAX = 20
# What begins like this is a whole skill; nobody can type it, since words lose such a start.
_SKILL_MARK = "\u0001"

_dictionaries: WeakKeyDictionary[Db, Dictionary] = WeakKeyDictionary()


def skill_word(skill: str) -> str:
    """Return how a whole skill is written among the words of a gig."""
    return _SKILL_MARK + folded(skill)


def searchable(title: str, skills: Iterable[str], description: str) -> dict[str, list[str]]:
    """Return the words by which a gig is found: those of its title alone, and those with skills and text."""
    titles = words_of(title, TITLE_WORDS_MAX)
    of_skills = words_of(" ".join(skills), SKILL_WORDS_MAX)
    words = [*titles, *of_skills, *words_of(description, TEXT_WORDS_MAX)]
    return {"title_words": titles, "words": list(dict.fromkeys([*words, *map(skill_word, skills)]))}


def learn(db: Db, words: Iterable[str]) -> None:
    """Make these words known to every process, before the gig that has them is stored."""
    wanted = {word for word in words if not word.startswith(_SKILL_MARK)}
    rows = db[WORDS].find({"_id": {"$in": list(wanted)}})
    known = {row["_id"]: "unused_since" in row for row in rows}
    new = [word for word in wanted if known.get(word, True)]
    if not new:
        return
    unmarked = [UpdateOne({"_id": word}, {"$unset": {"unused_since": ""}}, upsert=True) for word in new]
    db[WORDS].bulk_write(unmarked, ordered=False)
    if db.is_followed:  # else the stream will tell of them
        dictionary_of(db).add(new)


def dictionary_of(db: Db) -> Dictionary:
    """Return the words that this process knows, read at its first search."""
    found = _dictionaries.get(db)
    if found is None:
        read = Dictionary()
        read.merge(row["_id"] for row in db[WORDS].find())
        # Known only once it is whole: a search before that reads for itself rather than finding nothing.
        found = _dictionaries.setdefault(db, read)
    return found


def words_with(db: Db, part: str, most: int) -> list[str] | None:
    """Return the words that contain this part; None if there are more than `most`.

    While this process may not be told of words of other processes, the database is asked instead of the dictionary, so
    that a search finds what there is, or says that the database is away.
    """
    if db.is_followed:
        return dictionary_of(db).find(part, most)
    found = db[WORDS].find({"_id": {"$regex": re.escape(part)}}).limit(most + 1)
    words = [row["_id"] for row in found]
    return words if len(words) <= most else None


def words_near(db: Db, parts: list[str], most: int) -> dict[str, list[str]]:
    """Return which words are one letter away from these parts of a search (`Dictionary.near`), by part. None are while
    this process may not be told of words of other processes: a suggestion is not worth a walk through all of them.
    """
    return off_loop(dictionary_of(db).near, parts, most) if db.is_followed else {}


def reload_dictionary(db: Db) -> None:
    """Read every word once more, if this process has asked for them at all."""
    if db in _dictionaries:
        _dictionaries[db].merge(row["_id"] for row in db[WORDS].find())
