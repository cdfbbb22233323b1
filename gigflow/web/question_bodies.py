"""What a service asks of those who buy it, as programs see it."""

from collections.abc import Sequence

import msgspec

from gigflow.core.briefs import Question


class QuestionBody(msgspec.Struct, rename="camel"):
    """A question of a service to those who buy it: for words, for one of the `choices`, or for a file."""

    id: str
    text: str
    kind: str
    choices: list[str]
    required: bool


def question_bodies(questions: Sequence[Question]) -> list[QuestionBody]:
    """Return these questions for programs."""
    return [QuestionBody(each.id, each.text, each.kind, each.choices, each.required) for each in questions]
