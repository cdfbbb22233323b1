"""The words by which people are found: those of the directory alone, apart from the words of the market."""

from gigflow.core.db import Declared
from gigflow.core.vocabulary import Vocabulary

PEOPLE_WORDS = Declared("people_words")
PEOPLE_WORD_STATE = Declared("people_word_state")

VOCABULARY = Vocabulary(PEOPLE_WORDS, PEOPLE_WORD_STATE)
