"""What a service asks of those who buy it, as its owner writes it."""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from wtforms import Field
from wtforms.utils import unset_value

from gigflow.core.briefs import (
    CHOICE_MAX,
    CHOICES_MAX,
    QUESTION_MAX,
    QUESTIONS_MAX,
    Question,
    QuestionKind,
    doubled,
)
from gigflow.core.texts import is_visible, without_turning
from gigflow.web.fields import JsonField

KINDS: dict[QuestionKind, str] = {
    "text": "An answer in words",
    "choice": "One of your answers",
    "file": "A file",
}
_ID_MAX = 24
# What JSON has of a question, and how that is said.
_TYPES: dict[str, tuple[type, str]] = {
    "id": (str, "a text"),
    "text": (str, "a text"),
    "kind": (str, "a text"),
    "choices": (list, "a list of texts"),
    "required": (bool, "true or false"),
}


class Row(msgspec.Struct, kw_only=True):
    """A question as it was typed, and what is wrong with it."""

    id: str = ""
    text: str = ""
    kind: str = "text"
    choices: list[str] = []
    required: bool = False
    problem: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was typed, so that it is no question."""
        return not self.text and not self.choices


class QuestionsField(JsonField, Field):
    """Up to `QUESTIONS_MAX` questions: a list of objects in JSON, rows of a form on a page, of which those without a
    word are left out. `data` is a list of `Question`; one that has no id gets one.
    """

    kinds = KINDS
    most = QUESTIONS_MAX
    rows: Sequence[Row] = ()

    def process(self, formdata: Any, data: Any = unset_value, extra_filters: Any = None) -> None:
        """Take JSON by the field's name, or the rows of a page."""
        super().process(formdata, data, extra_filters)
        self.data = list(self.data or [])
        if not formdata or f"{self.name}-0-text" not in formdata:
            self.rows = self.rows if self.raw_data else [_row_of(question) for question in self.data]
            return
        try:
            self._take([row for row in _typed_rows(self.name, formdata) if not row.is_empty])
        except ValueError as error:
            self.process_errors.append(str(error))

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take what JSON said."""
        if valuelist:
            self._take([msgspec.json.decode(text, type=Row) for text in valuelist])
        else:
            self.data = []

    def from_json(self, value: object) -> list[str]:
        if not isinstance(value, list) or len(value) > QUESTIONS_MAX:
            raise ValueError(f"This must be a list of at most {QUESTIONS_MAX} questions.")
        return [msgspec.json.encode(_row_in(each, number)).decode() for number, each in enumerate(value, 1)]

    def schema(self) -> dict[str, Any]:
        """Return a list of questions."""
        text = {"type": "string"}
        question = {
            "type": "object",
            "properties": {
                "id": {**text, "maxLength": _ID_MAX},
                "text": {**text, "minLength": 1, "maxLength": QUESTION_MAX},
                "kind": {**text, "enum": list(KINDS)},
                "choices": {
                    "type": "array",
                    "items": {**text, "minLength": 1, "maxLength": CHOICE_MAX},
                    "maxItems": CHOICES_MAX,
                },
                "required": {"type": "boolean"},
            },
            "required": ["text"],
        }
        return {"type": "array", "items": question, "maxItems": QUESTIONS_MAX}

    def add_row(self) -> None:
        """Show a row more, for one more question."""
        if len(self.rows) < QUESTIONS_MAX:
            self.rows = [*self.rows, Row()]

    def remove_row(self, place: int) -> None:
        """Show a row less."""
        self.rows = [row for number, row in enumerate(self.rows) if number != place]

    def _take(self, rows: list[Row]) -> None:
        self.rows, used = rows, set[str]()
        for row in rows:
            row.problem = _problem_with(row)
            if not row.id or row.id in used:
                row.id = secrets.token_hex(4)
            used.add(row.id)
        if len(rows) > QUESTIONS_MAX:
            raise ValueError(f"At most {QUESTIONS_MAX} questions.")
        if wrong := [f"Question {n}: {row.problem}" for n, row in enumerate(rows, 1) if row.problem]:
            raise ValueError(" ".join(wrong))
        self.data = [_question_of(row) for row in rows]


def _row_of(question: Question) -> Row:
    return Row(**msgspec.structs.asdict(question))


def _question_of(row: Row) -> Question:
    choices = row.choices if row.kind == "choice" else []
    return msgspec.convert(
        {"id": row.id, "text": row.text, "kind": row.kind, "choices": choices, "required": row.required},
        Question,
    )


def _row_in(value: object, number: int) -> Row:
    """Return what an object of JSON says. Raises ValueError, which names the question by its number."""
    if not isinstance(value, dict):
        raise ValueError("Each question must be an object with a text.")
    given = {name: value[name] for name in _TYPES if value.get(name) is not None}
    for name, each in given.items():
        kind, said = _TYPES[name]
        texts = each if isinstance(each, list) else ()
        if not isinstance(each, kind) or not all(isinstance(text, str) for text in texts):
            raise ValueError(f"Question {number}: its {name} must be {said}.")
    row = Row(**given)
    return msgspec.structs.replace(
        row,
        text=_line(row.text),
        choices=[_line(each) for each in row.choices],
        problem="",
    )


def _typed_rows(name: str, formdata: Mapping[str, str]) -> list[Row]:
    rows: list[Row] = []
    while f"{name}-{len(rows)}-text" in formdata and len(rows) <= QUESTIONS_MAX:
        place = f"{name}-{len(rows)}"
        lines = (_line(each) for each in formdata.get(f"{place}-choices", "").splitlines())
        rows.append(
            Row(
                id=formdata.get(f"{place}-id", ""),
                text=_line(formdata.get(f"{place}-text", "")),
                kind=formdata.get(f"{place}-kind", "text"),
                choices=[each for each in lines if each],
                required=f"{place}-required" in formdata,
            )
        )
    return rows


def _line(text: str) -> str:
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise ValueError("A question contains characters that are not text.")
    return without_turning(" ".join(text.split()))


def _problem_with(row: Row) -> str:
    if not is_visible(row.text):
        return "Write the question."
    if len(row.text) > QUESTION_MAX:
        return f"At most {QUESTION_MAX} characters."
    if row.kind not in KINDS:
        return f"Its kind is one of {', '.join(KINDS)}."
    if len(row.id) > _ID_MAX or not all(char.isascii() and char.isalnum() for char in row.id):
        return f"An id has at most {_ID_MAX} letters and digits."
    return _problem_with_choices(row.choices) if row.kind == "choice" else ""


def _problem_with_choices(choices: Sequence[str]) -> str:
    if len(choices) < 2:
        return "Give at least two answers to choose from."
    if len(choices) > CHOICES_MAX:
        return f"At most {CHOICES_MAX} answers to choose from."
    if any(len(each) > CHOICE_MAX or not is_visible(each) for each in choices):
        return f"Each answer has 1 to {CHOICE_MAX} characters."
    return "An answer stands there twice." if doubled(choices) else ""
