"""What people tell of themselves."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec
from flask_wtf import FlaskForm
from wtforms import Field
from wtforms.validators import Length, StopValidation

from gigflow.accounts.models import (
    BIO_MAX,
    HEADLINE_MAX,
    LANGUAGES_MAX,
    NAME_MAX,
    PIECE_TEXT_MAX,
    PIECE_TITLE_MAX,
    PIECE_URL_MAX,
    PORTFOLIO_MAX,
    SKILL_MAX,
    SKILLS_MAX,
)
from gigflow.web.fields import (
    ChoiceField,
    DayField,
    JsonField,
    LongTextField,
    TextField,
    WordsField,
    YesNoField,
    ZoneField,
    text_rules,
)
from gigflow.web.forms import Form, VersionedForm, form_of
from gigflow.web.language_fields import LanguagesField
from gigflow.web.uploads import PictureField

AVAILABILITIES = [
    ("available", "Available"),
    ("limited", "Limited"),
    ("unavailable", "Unavailable"),
]


def until_field() -> DayField:
    """Return the field for the day on which somebody is available again."""
    return DayField(
        "Limited or unavailable until",
        description="On this day you are available again, by itself. Leave it empty if you do not know yet.",
    )


def at_most(most: int) -> Length:
    """Return a text of at most `most` characters, or none."""
    return Length(max=most, message=f"At most {most:,} characters.")


# Names with a dot between them, in any script.
_HOST = re.compile(r"[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)+")


class WebAddress:
    """An http or https address; "example.org/work" means https. Others, such as javascript:, are rejected."""

    def __call__(self, form: FlaskForm, field: Field) -> None:
        text = field.data or ""
        if not text:
            return
        # A name followed by a colon is a scheme; followed by a port, it is a host.
        if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:(?![0-9])", text):
            text = f"https://{text}"
        try:
            parts = urlsplit(text)
            host = parts.hostname or ""
            good = parts.scheme in ("http", "https") and bool(_HOST.fullmatch(host)) and parts.port != 0
        except ValueError:
            good = False
        if not good or re.search(r"[\s<>\"\\]", text) or "@" in parts.netloc:
            raise StopValidation("A web address, such as https://example.org/work.")
        if len(text) > PIECE_URL_MAX:
            raise StopValidation(f"At most {PIECE_URL_MAX} characters.")
        field.data = text


class ProfileForm(Form):
    """A profile, but for its portfolio and picture."""

    name = TextField("Name", text_rules(NAME_MAX, "Enter your name."))
    headline = TextField(
        "Headline",
        [at_most(HEADLINE_MAX)],
        description="What you do in one line, such as “Illustrator of maps”.",
    )
    bio = LongTextField(
        "About you",
        [at_most(BIO_MAX)],
        description="**bold**, *italic*, lists with -, links as [words](https://…), an empty line for a paragraph.",
    )
    skills = WordsField(
        "Skills",
        most=SKILLS_MAX,
        longest=SKILL_MAX,
        description="Separate with commas, such as: Flask, copywriting.",
    )
    languages = LanguagesField(
        "Languages",
        most=LANGUAGES_MAX,
        description="Those in which you work. Type the beginning of a name and choose it.",
    )
    availability = ChoiceField("Availability", choices=AVAILABILITIES, default="available")
    availability_until = until_field()
    listed = YesNoField(
        "Show me among freelancers",
        description="Clients find you in the list of freelancers, by your name, skills, languages and services."
        " Without it you are in no list and no search for people; your page and your services stay as they are.",
    )


class AvailabilityForm(Form):
    """Whether somebody takes new work, and until when not."""

    availability = ChoiceField("Availability", choices=AVAILABILITIES, default="available")
    availability_until = until_field()


class ProfilePageForm(VersionedForm, ProfileForm):
    """The page's form also says which version it shows."""


class PieceForm(Form):
    """A piece of a portfolio."""

    title = TextField("Title", text_rules(PIECE_TITLE_MAX, "What is it called?"))
    url = TextField("Link", [at_most(PIECE_URL_MAX), WebAddress()])
    text = LongTextField(
        "About it", [at_most(PIECE_TEXT_MAX)], description="What it was for, and what you did."
    )


class PiecePageForm(PieceForm):
    """On the page a piece is sent together with its picture."""

    picture = PictureField("Picture", required=False, description="PNG, JPEG or WebP, up to 10 MB.")
    remove_picture = YesNoField("Remove the picture")


class PictureForm(Form):
    """A picture of the person."""

    picture = PictureField("Picture", description="PNG, JPEG or WebP, up to 10 MB.")


class PieceValues(msgspec.Struct):
    """A piece as a program sent it; `id` names one that is there already."""

    id: str
    title: str
    url: str
    text: str


class PortfolioField(JsonField, Field):
    """A list of pieces, in their order. `data` is a list of `PieceValues`."""

    def from_json(self, value: object) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(piece, dict) for piece in value):
            raise ValueError("This must be a list of objects with title, url and text.")
        if len(value) > PORTFOLIO_MAX:
            raise ValueError(f"At most {PORTFOLIO_MAX}.")
        return [self._checked(number, piece) for number, piece in enumerate(value, 1)]

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = [msgspec.json.decode(text, type=PieceValues) for text in valuelist]

    def schema(self) -> dict[str, Any]:
        """Return a list of pieces; `picture` may be there, as it was read, and is not changed by it."""
        text = {"type": "string"}
        properties = {
            "id": text,
            "title": {**text, "minLength": 1, "maxLength": PIECE_TITLE_MAX},
            "url": {**text, "maxLength": PIECE_URL_MAX},
            "text": {**text, "maxLength": PIECE_TEXT_MAX},
        }
        piece = {"type": "object", "properties": properties, "required": ["title"]}
        return {"type": "array", "items": piece, "maxItems": PORTFOLIO_MAX}

    @staticmethod
    def _checked(number: int, piece: dict[str, Any]) -> str:
        """Check a piece by the rules of its own form. Raises ValueError with which one is wrong and why."""
        form = form_of(PieceForm, piece)
        if form.problems:
            name, messages = next(iter(form.problems.items()))
            raise ValueError(f"Number {number}, {name}: {' '.join(messages)}")
        piece_id = piece.get("id") or ""
        if not isinstance(piece_id, str):
            raise ValueError(f"Number {number}, id: This must be a text.")
        values = PieceValues(piece_id, **form.values())
        return msgspec.json.encode(values).decode()


class ProfileApiForm(ProfileForm):
    """Programs change the whole profile at once."""

    portfolio = PortfolioField("Portfolio")
    time_zone = ZoneField("Time zone")
