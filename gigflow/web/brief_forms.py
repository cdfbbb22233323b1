"""The brief of a purchase as people and programs send it: words, answers and files."""

from collections.abc import Container, Mapping, Sequence
from typing import Any

import msgspec
from bson import ObjectId
from wtforms import Field
from wtforms.utils import unset_value
from wtforms.validators import Length, StopValidation

from gigflow.core.briefs import (
    TEXT_MAX,
    Brief,
    GivenAnswer,
    GivenBrief,
    Question,
    out_of_place,
)
from gigflow.core.db import is_id
from gigflow.core.errors import DomainError, Invalid
from gigflow.core.files import FILES_MAX
from gigflow.web.answers_read import ANSWER_SCHEMA, ANSWERS_MAX, SentAnswer, clean_answer, read_answers
from gigflow.web.fields import JsonField, LongTextField, Schema
from gigflow.web.forms import Form
from gigflow.web.id_fields import IdsField
from gigflow.web.uploads import FilesPageForm

ANSWER = "answer-"  # before a question's id: the name of its field on a page
BRIEF_LENGTH = Length(max=TEXT_MAX, message=f"At most {TEXT_MAX:,} characters.")
_PLACE = "answers."


class AnswersField(JsonField, Field):
    """Answers to the questions of a service: a list of objects in JSON, a field for each question on a page. `data` is
    a list of `GivenAnswer`; `problems` has what is wrong by the question's id.
    """

    data: list[GivenAnswer]
    problems: dict[str, str]
    misread: Mapping[str, str] = {}  # what cannot be read of JSON, by its place in it
    shown: dict[
        str, ObjectId
    ]  # the files that a page has shown as answers, ticked or not, by the question's id
    is_given: bool

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Take JSON by the field's name, or the fields of a page."""
        super().process(formdata, data, extra_filters)
        self.data, self.problems, self.shown = list(self.data or []), {}, {}
        typed = [name for name in formdata or () if name.startswith(ANSWER)]
        self.is_given = bool(typed) or (formdata is not None and self.name in formdata)
        for name in typed[: 2 * ANSWERS_MAX]:
            self._take(name, formdata[name])

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take what JSON said."""
        self.data = [msgspec.json.decode(text, type=SentAnswer).answer for text in valuelist]

    def from_json(self, value: object) -> list[str]:
        if not isinstance(value, list) or len(value) > ANSWERS_MAX:
            raise ValueError(f"This must be a list of at most {ANSWERS_MAX} answers.")
        sent, self.misread = read_answers(value)
        return [msgspec.json.encode(each).decode() for each in sent]

    def schema(self) -> Schema:
        """Return a list of answers: words, a choice, or a file each."""
        return {"type": "array", "items": ANSWER_SCHEMA, "maxItems": ANSWERS_MAX}

    def said(self, question_id: str) -> GivenAnswer:
        """Return what was answered to a question, so far."""
        found = (each for each in self.data if each.question_id == question_id)
        return next(found, GivenAnswer(question_id=question_id))

    def refuse(self, question_id: str, problem: str) -> None:
        """Say what is wrong with an answer, at its question, once the form is looked at."""
        self.problems[question_id] = problem

    def pre_validate(self, form: Form) -> None:
        """Refuse the form if something is wrong with an answer; the reason stands at its question."""
        if self.problems or self.misread:
            raise StopValidation("One of your answers is not right yet.")

    def put(self, answer: GivenAnswer) -> None:
        """Replace the answer to a question."""
        self.data = [*(each for each in self.data if each.question_id != answer.question_id), answer]

    @property
    def file_ids(self) -> dict[str, ObjectId]:
        """The file of each answer by the question's id; one that was unticked, where there is no other."""
        return self.shown | {each.question_id: each.file_id for each in self.data if each.file_id}

    def forget_files(self, there: Container[ObjectId]) -> list[GivenAnswer]:
        """Leave out the answers whose file is not among those that are `there`, and return them."""
        gone = [each for each in self.data if each.file_id and each.file_id not in there]
        self.data = [each for each in self.data if each not in gone]
        return gone

    def out_of_place(self, questions: Sequence[Question]) -> list[GivenAnswer]:
        """Return the answers in words that none of these questions has a place for."""
        return out_of_place(questions, self.data)

    def _take(self, name: str, text: str) -> None:
        """Take a page's field: words or a choice, or the id of a file that is ticked, or that was shown."""
        question_id, _, what = name.removeprefix(ANSWER).partition("-")
        if not what:
            try:
                self.put(GivenAnswer(question_id=question_id, text=clean_answer(text.replace("\r\n", "\n"))))
            except ValueError as error:
                self.refuse(question_id, str(error))
        elif what == "kept" and is_id(text):
            self.put(GivenAnswer(question_id=question_id, file_id=ObjectId(text)))
        elif what == "shown" and is_id(text):
            self.shown[question_id] = ObjectId(text)


class BriefForm(Form):
    """What a client needs: in their own words, by answers to what the service asks, and with files."""

    brief = LongTextField("What do you need?", [BRIEF_LENGTH])
    answers = AnswersField("Answers")
    file_ids = IdsField("Files", most=FILES_MAX)

    @property
    def errors(self) -> dict[str, Any]:
        """What is wrong by the fields; with an answer, at its question or its place in JSON."""
        answers = self.answers
        placed = {f"{_PLACE}{each}": said for each, said in answers.problems.items()} | dict(answers.misread)
        found = {name: said for name, said in super().errors.items() if not placed or name != answers.name}
        return found | {place: [said] for place, said in placed.items()}

    @property
    def given(self) -> GivenBrief | None:
        """What was sent of a brief, or None if nothing of it was."""
        given = GivenBrief(
            text=(self.brief.data or "") if self.brief.raw_data else None,
            answers=self.answers.data if self.answers.is_given else None,
            file_ids=self.file_ids.data if self.file_ids.is_given else None,
        )
        return given if given != GivenBrief() else None

    def refuse(self, error: DomainError) -> None:
        """Show what is wrong with an answer at its question."""
        if isinstance(error, Invalid):
            fields = {
                name: said for name, said in error.fields.items() if not self._is_at_question(name, said)
            }
            if error.fields and not fields:
                self.status = 400
                return
            error = Invalid(fields, error.message)
        super().refuse(error)

    def _is_at_question(self, name: str, said: Sequence[str]) -> bool:
        if name.startswith(_PLACE):
            self.answers.problems[name.removeprefix(_PLACE)] = " ".join(said)
        return name.startswith(_PLACE)


class BriefPageForm(FilesPageForm, BriefForm):
    """A page's form with a brief."""

    has_moved_files = False  # files answered what is no longer asked, and are among the others now

    def fill(self, brief: Brief) -> None:
        """Show a brief that is there."""
        self.brief.data, self.file_ids.data = brief.text, brief.other_file_ids
        self.answers.data = brief.given_answers

    def show_beside(self, brief: Brief) -> None:
        """Show what was typed beside a brief that was saved in the meantime: files that this one has can be ticked."""
        self.shown_files.data = [*self.shown_files.data, *brief.other_file_ids]
        theirs = {each.question_id: each.file_id for each in brief.answers if each.file_id}
        self.answers.shown = theirs | self.answers.shown

    @property
    def given(self) -> GivenBrief | None:
        """What was sent of a brief, or None if nothing of it was: a page shows all of it, so all of it is given."""
        if super().given is None:
            return None
        return GivenBrief(text=self.brief.data or "", answers=self.answers.data, file_ids=self.file_ids.data)

    def in_words(self, questions: Sequence[Question]) -> str:
        """Return everything that was typed as one text: each answer stands under its question."""
        asked = {question.id: question.text for question in questions}
        answers = (
            "\n".join(filter(None, (asked.get(each.question_id), each.text)))
            for each in self.answers.data
            if each.text
        )
        return "\n\n".join(filter(None, (self.brief.data, *answers)))

    def refuse(self, error: DomainError) -> None:
        """Show what is wrong with the files at the field that brings them."""
        if isinstance(error, Invalid) and "file_ids" in error.fields:
            named = {"files" if name == "file_ids" else name: said for name, said in error.fields.items()}
            error = Invalid(named, error.message)
        super().refuse(error)
