"""The words by which gigs are found, and the dictionary of them that each process keeps (docs/measured.md, Search)."""

from collections.abc import Iterable

from gigflow.core.db import Declared
from gigflow.core.vocabulary import Vocabulary
from gigflow.core.words import skill_word, words_of

WORDS = Declared("words")
WORD_STATE = Declared("word_state")  # by which folding they were made, and how far the sweep has come

# At most this many words of a gig (docs/decisions/0028), more than people write: a title has 120 characters, and there
# are 15 skills. Of a description its first words.
TITLE_WORDS_MAX = 40
SKILL_WORDS_MAX = 60
TEXT_WORDS_MAX = 20

VOCABULARY = Vocabulary(WORDS, WORD_STATE)
learn, dictionary_of = VOCABULARY.learn, VOCABULARY.dictionary_of
words_with, words_near = VOCABULARY.words_with, VOCABULARY.words_near


def searchable(title: str, skills: Iterable[str], description: str) -> dict[str, list[str]]:
    """Return the words by which a gig is found: those of its title alone, and those with skills and text."""
    titles = words_of(title, TITLE_WORDS_MAX)
    of_skills = words_of(" ".join(skills), SKILL_WORDS_MAX)
    words = [*titles, *of_skills, *words_of(description, TEXT_WORDS_MAX)]
    return {"title_words": titles, "words": list(dict.fromkeys([*words, *map(skill_word, skills)]))}
