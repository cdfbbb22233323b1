"""What asking and answering take."""

from gigflow.questions.models import ANSWER_MAX, QUESTION_MAX
from gigflow.web.fields import LongTextField, text_rules
from gigflow.web.forms import Form


class QuestionForm(Form):
    """A question about a service."""

    text = LongTextField(
        "Your question",
        text_rules(QUESTION_MAX, "Write your question."),
        description="Everyone can read it, and the answer.",
    )


class AnswerForm(Form):
    """The owner's answer, named as it is read, so that a question can be put back as it was."""

    answer = LongTextField("Your answer", text_rules(ANSWER_MAX, "Write your answer."))
