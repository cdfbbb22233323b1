"""What writing a review and answering one take."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms.validators import StopValidation

from gigflow.reviews.models import STARS, TEXT_MAX
from gigflow.web.fields import LongTextField, WholeNumberField, text_rules
from gigflow.web.forms import Form

# What each number of stars means, for the person who chooses one.
MEANINGS = {1: "Bad", 2: "Poor", 3: "Fair", 4: "Good", 5: "Excellent"}


class RatingField(WholeNumberField):
    """Stars: one of `STARS`, which a page offers as radio buttons."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, least=STARS[0], most=STARS[-1], **kwargs)
        self.flags.required = True

    def pre_validate(self, form: FlaskForm) -> None:
        if self.data is None and not self.process_errors:
            raise StopValidation("Choose one to five stars.")
        super().pre_validate(form)


class ReviewForm(Form):
    """A review of the other side of an order."""

    rating = RatingField("Your rating")
    text = LongTextField(
        "Your review",
        text_rules(TEXT_MAX, "Describe how it went."),
        description="Once you send it, it cannot be changed. Once it is published, everyone can read it.",
    )


class ReplyForm(Form):
    """The answer to a review, by the reviewed person."""

    text = LongTextField(
        "Your answer",
        text_rules(TEXT_MAX, "Write your answer."),
        description="You can reply once, below the review. Everyone can read it, and it cannot be changed.",
    )
