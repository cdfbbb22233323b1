"""Answers to the questions of a service as programs send them, and what is said of one that cannot be read."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from bson import ObjectId

from gigflow.core.briefs import QUESTIONS_MAX, TEXT_MAX, GivenAnswer
from gigflow.core.db import is_id
from gigflow.core.texts import without_turning

ANSWERS_MAX = 3 * QUESTIONS_MAX  # of which those to what is no longer asked are left out

_TEXT = {"type": "string"}
ANSWER_SCHEMA = {
    "type": "object",
    "properties": {
        "questionId": _TEXT,
        "text": {**_TEXT, "maxLength": TEXT_MAX},
        "choice": _TEXT,
        "fileId": _TEXT,
        "answer": {
            **_TEXT,
            "maxLength": TEXT_MAX,
            "description": "The same as text or choice, as an order has it.",
        },
        "file": {
            "type": ["object", "null"],
            "properties": {"id": _TEXT},
            "description": "The same as fileId, as an order has it.",
        },
    },
    "required": ["questionId"],
}
_WORDS = ("text", "choice", "answer")


class SentAnswer(msgspec.Struct):
    """An answer in JSON, once it is read."""

    question_id: str
    text: str = ""
    file_id: str = ""

    @property
    def answer(self) -> GivenAnswer:
        """The answer, as it is checked."""
        file_id = ObjectId(self.file_id) if self.file_id else None
        return GivenAnswer(question_id=self.question_id, text=self.text, file_id=file_id)


def read_answers(sent: Sequence[object]) -> tuple[list[SentAnswer], dict[str, str]]:
    """Return the answers that can be read, and what is wrong with the others: at `answers.<id of the question>`, or
    where that is not known at the place in the list, such as `answers[2].questionId`.
    """
    answers: list[SentAnswer] = []
    problems: dict[str, str] = {}
    for number, each in enumerate(sent):
        place = f"answers[{number}]"
        if not isinstance(each, dict):
            problems[place] = "This must be an object with a questionId."
            continue
        question_id = each.get("questionId")
        if not isinstance(question_id, str) or not question_id:
            problems[f"{place}.questionId"] = "Name the question by its id."
            continue
        if question_id.isascii() and question_id.isalnum():
            place = f"answers.{question_id}"
        try:
            answers.append(SentAnswer(question_id, _words_in(each), _file_in(each)))
        except ValueError as error:
            problems[place] = str(error)
    twice = Counter(each.question_id for each in answers)
    problems |= {
        f"answers.{each}": "Two answers to this question were sent. Send one."
        for each, count in twice.items()
        if count > 1
    }
    return answers, problems


def clean_answer(text: str) -> str:
    """Return the words of an answer as they are kept. Raises ValueError if they are no text."""
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("An answer contains characters that are not text.")
    return without_turning(text).strip()


def _words_in(answer: Mapping[str, Any]) -> str:
    said = [answer[name] for name in _WORDS if answer.get(name) not in (None, "")]
    if not all(isinstance(each, str) for each in said):
        raise ValueError("An answer in words must be a text.")
    words = {clean_answer(each) for each in said}
    if len(words) > 1:
        raise ValueError("Two different answers to this question were sent. Send one.")
    return words.pop() if words else ""


def _file_in(answer: Mapping[str, Any]) -> str:
    file = answer.get("file")
    if file is not None and not isinstance(file, dict):
        raise ValueError("A file must be an object with its id.")
    named = [each for each in (answer.get("fileId"), (file or {}).get("id")) if each not in (None, "")]
    if not all(isinstance(each, str) and is_id(each) for each in named):
        raise ValueError("A fileId has 24 hexadecimal digits.")
    if len(set(named)) > 1:
        raise ValueError("Two different files for this question were sent. Send one.")
    return str(named[0]) if named else ""
