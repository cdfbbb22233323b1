"""The brief of a purchase: what a service asks of those who buy it, and what they answer (docs/domain.md, Briefs)."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import msgspec
from bson import ObjectId

from gigflow.core.errors import Invalid
from gigflow.core.files import FILES_MAX
from gigflow.core.texts import is_visible

QUESTIONS_MAX = 8
QUESTION_MAX = 300  # characters
CHOICES_MAX = 8
CHOICE_MAX = 100
TEXT_MAX = 2_000  # of a brief, and of an answer

QuestionKind = Literal["text", "choice", "file"]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody who offers a service asks of those who buy it: for words, for one of the `choices`, or for a file.
    Its `id` stays for as long as it is the same question.
    """

    id: str
    text: str
    kind: QuestionKind = "text"
    choices: list[str] = []
    required: bool = False


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, with the words of its question as they were. The file of an answer is among those of its brief."""

    question_id: str
    question: str
    kind: QuestionKind
    text: str = ""
    file_id: ObjectId | None = None


class Brief(msgspec.Struct, frozen=True, kw_only=True):
    """What a client needs: in their own words, by answers, and with files (of the feature `files`), those among them
    that answer a question.
    """

    text: str = ""
    answers: list[Answer] = []
    file_ids: list[ObjectId] = []

    def answer_to(self, question_id: str) -> Answer | None:
        """Return the answer to a question, or None."""
        return next((each for each in self.answers if each.question_id == question_id), None)

    @property
    def given_answers(self) -> "list[GivenAnswer]":
        """The answers as somebody would send them."""
        return [
            GivenAnswer(question_id=each.question_id, text=each.text, file_id=each.file_id)
            for each in self.answers
        ]

    @property
    def other_file_ids(self) -> list[ObjectId]:
        """The files that answer no question."""
        answering = {each.file_id for each in self.answers}
        return [each for each in self.file_ids if each not in answering]


class GivenAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as somebody sends it: words (or the words of a choice), or a file."""

    question_id: str
    text: str = ""
    file_id: ObjectId | None = None


class GivenBrief(msgspec.Struct, frozen=True, kw_only=True):
    """A brief as somebody sends it, before it is known what is asked. What is None was not sent."""

    text: str | None = None
    answers: list[GivenAnswer] | None = None
    file_ids: list[ObjectId] | None = None

    def over(self, before: Brief) -> "GivenBrief":
        """Return it whole: what was not sent stays as it is `before`."""
        text, answers, file_ids = self.text, self.answers, self.file_ids
        return GivenBrief(
            text=before.text if text is None else text,
            answers=before.given_answers if answers is None else answers,
            file_ids=before.other_file_ids if file_ids is None else file_ids,
        )


def brief_of(questions: Sequence[Question], given: GivenBrief, *, only: bool = False) -> Brief:
    """Return the brief that answers these questions, in their order. Answers to others are left out, or refused if
    there may be `only` such answers.

    Raises Invalid at `answers.<id of the question>`, and at `file_ids` if there are more files than a brief has.
    """
    said = {each.question_id: each for each in given.answers or ()}
    answers: list[Answer] = []
    known = {question.id for question in questions}
    problems = {f"answers.{each}": [_NOT_ASKED] for each in said if only and each not in known}
    for question in questions:
        answer = said.get(question.id)
        problem = _problem_with(question, answer)
        if problem:
            problems[f"answers.{question.id}"] = [problem]
        elif answer and (answer.file_id if question.kind == "file" else is_visible(answer.text)):
            answers.append(
                Answer(
                    question_id=question.id,
                    question=question.text,
                    kind=question.kind,
                    text="" if question.kind == "file" else answer.text,
                    file_id=answer.file_id if question.kind == "file" else None,
                )
            )
    answering = [each.file_id for each in answers if each.file_id]
    file_ids = list(dict.fromkeys([*answering, *(given.file_ids or ())]))
    if len(file_ids) > FILES_MAX:
        problems["file_ids"] = [f"At most {FILES_MAX} files, those of the answers among them."]
    if problems:
        raise Invalid(problems)
    return Brief(text=given.text or "", answers=answers, file_ids=file_ids)


_NOT_ASKED = "This service does not ask this."
ASKED_OTHERWISE = "This is no longer asked, or asked in another way."


def out_of_place(questions: Sequence[Question], answers: Sequence[GivenAnswer]) -> list[GivenAnswer]:
    """Return the answers in words that none of these questions has a place for."""
    takes = {each.id: each for each in questions if each.kind != "file"}
    return [
        each
        for each in answers
        if each.text
        and (
            (asked := takes.get(each.question_id)) is None
            or (asked.kind == "choice" and each.text not in asked.choices)
        )
    ]


def doubled(texts: Sequence[str]) -> str | None:
    """Return the first of these texts that stands there twice, or None."""
    return next((text for text, count in Counter(texts).items() if count > 1), None)


def _problem_with(question: Question, answer: GivenAnswer | None) -> str | None:
    text = answer.text if answer and is_visible(answer.text) else ""
    is_there = answer is not None and answer.file_id is not None
    if question.kind == "file":
        if question.required and not is_there:
            return "Add a file."
        return "This question asks for a file, not for words." if text else None
    if is_there:
        return "This question asks for words, not for a file."
    if question.required and not text:
        return "Choose an answer." if question.kind == "choice" else "Answer this question."
    if question.kind == "choice" and text and text not in question.choices:
        return "Choose one of the answers that are there."
    return f"At most {TEXT_MAX:,} characters." if len(text) > TEXT_MAX else None
