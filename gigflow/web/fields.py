"""The fields that forms are made of: what each takes from a page and from JSON, and what it makes of it."""

import re
from collections.abc import Sequence
from datetime import MAXYEAR, UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any, ClassVar

from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import Length, Optional, StopValidation, ValidationError

from gigflow.core.clock import time_zones
from gigflow.core.texts import check_is_text, is_visible, legible, without_turning
from gigflow.core.words import folded
from gigflow.web.amounts import amount_problem
from gigflow.web.runtime import runtime

Schema = dict[str, Any]

DATE = "%Y-%m-%d"
# A day, or a moment as programs write it: its day counts.
_DAY = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)


class Visible:
    """Require at least one character that can be seen; names, titles and messages need no more (docs/api.md)."""

    field_flags: ClassVar[dict[str, bool]] = {"required": True}

    def __init__(self, message: str) -> None:
        self.message = message

    def __call__(self, form: FlaskForm, field: Field) -> None:
        if not is_visible(field.data or ""):
            raise StopValidation(self.message)


class JsonField:
    """What a field adds for JSON: `from_json` makes form text of a value or raises ValueError; `schema` is its type."""

    data: Any
    flags: Any

    def from_json(self, value: object) -> list[str]:
        """Return the texts that a form would have posted for `value`."""
        if not isinstance(value, str):
            raise ValueError("This must be a text.")
        return [value]

    def schema(self) -> Schema:
        """JSON Schema of the values that are accepted."""
        return {"type": "string"}


class TextField(JsonField, StringField):
    """One line of text: outer white space is dropped, inner line ends become spaces."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        super().process_formdata(valuelist)
        _take(self, " ".join((self.data or "").splitlines()))

    def schema(self) -> Schema:
        return _with_length({"type": "string"}, self)


class SecretField(JsonField, StringField):
    """A password: taken exactly as typed, never shown again."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        super().process_formdata(valuelist)
        check_is_text(self.data or "")

    def _value(self) -> str:
        return ""

    def schema(self) -> Schema:
        return _with_length({"type": "string", "format": "password"}, self)


class LongTextField(JsonField, TextAreaField):
    """Text of several lines; line ends are \\n however they were sent."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        super().process_formdata(valuelist)
        _take(self, (self.data or "").replace("\r\n", "\n"))

    def schema(self) -> Schema:
        return _with_length({"type": "string"}, self)


class ChoiceField(JsonField, SelectField):
    """One of a few values."""

    def from_json(self, value: object) -> list[str]:
        if not isinstance(value, str):
            raise ValueError(f"Choose one of {', '.join(filter(None, self._values()))}.")
        return [value]

    def pre_validate(self, form: FlaskForm) -> None:
        if self.data not in self._values():
            raise ValidationError("Choose one of the listed values.")

    def schema(self) -> Schema:
        return {"type": "string", "enum": self._values()}

    def _values(self) -> list[str]:
        # WTForms' own `iter_choices` makes two objects of each choice, at each form that is sent.
        choices = self.choices or []
        groups = choices.values() if isinstance(choices, dict) else [choices]
        return [str(value) for group in groups for value, _ in group]


class ZoneField(ChoiceField):
    """A time zone by its IANA name, grouped by continent; "" leaves it to the browser."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, choices=_zones_by_continent(), default="", **kwargs)

    def schema(self) -> Schema:
        # Its values are too many to list.
        return {"type": "string", "examples": ["Europe/Prague"]}


@cache
def _zones_by_continent() -> dict[str, list[tuple[str, str]]]:
    groups: dict[str, list[tuple[str, str]]] = {"Automatic": [("", "Automatic")]}
    for name in time_zones():
        continent, _, place = name.partition("/")
        groups.setdefault(continent, []).append((name, place.replace("_", " ") or name))
    return groups


_AS_WRITTEN = (
    'As people write it: "1,500", "449.50". What can be read in two ways, such as "1.500", is refused.'
)


class MoneyField(JsonField, Field):
    """An amount in the installation's currency; `data` is in minor units. `bound` marks one end of a range, which may
    be 0; `to_pay` an amount that somebody will pay, so that the provider has to take it.
    """

    def __init__(
        self, label: str, *, required: bool = True, bound: bool = False, to_pay: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(label, [] if required else [Optional()], **kwargs)
        self.required = required
        self.bound = bound
        self.to_pay = to_pay
        self.flags.required = required

    def from_json(self, value: object) -> list[str]:
        if isinstance(value, str):
            return [value]
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError("This must be an amount, such as 500 or 449.5.")
        currency = runtime().currency
        return [currency.plain(currency.of_number(value))]

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = None
        if valuelist and valuelist[0].strip():
            self.data = runtime().currency.parse(valuelist[0])

    def pre_validate(self, form: FlaskForm) -> None:
        if self.process_errors or (self.data is None and not self.required):
            return
        if self.data is None:
            raise StopValidation("Enter an amount.")
        if problem := amount_problem(self.data, bound=self.bound, to_pay=self.to_pay):
            raise StopValidation(problem)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else runtime().currency.plain(self.data)

    def schema(self) -> Schema:
        most = runtime().currency.max_minor // 10 ** runtime().currency.digits
        text = {"type": "string", "description": _AS_WRITTEN}
        return {"oneOf": [{"type": "number", "exclusiveMinimum": 0, "maximum": most}, text]}


class WholeNumberField(JsonField, IntegerField):
    """A whole number from `least` to `most`; None if nothing was typed."""

    def __init__(self, label: str, *, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(label, [Optional()], **kwargs)
        self.least, self.most = least, most

    def from_json(self, value: object) -> list[str]:
        return [_number_text(value, f"a whole number from {self.least} to {self.most}")]

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            return
        if not re.fullmatch(r"-?[0-9]{1,12}(\.0+)?", text):
            raise ValueError(f"A whole number from {self.least} to {self.most}.")
        self.data = int(text.partition(".")[0])

    def pre_validate(self, form: FlaskForm) -> None:
        if self.data is not None and not self.least <= self.data <= self.most:
            raise StopValidation(f"A whole number from {self.least} to {self.most}.")

    def schema(self) -> Schema:
        return {
            "oneOf": [{"type": "integer", "minimum": self.least, "maximum": self.most}, {"type": "string"}]
        }


class NumberField(JsonField, Field):
    """A number from `least` to `most`, which may have decimals; None if nothing was typed."""

    def __init__(self, label: str, *, least: float, most: float, **kwargs: Any) -> None:
        super().__init__(label, [Optional()], **kwargs)
        self.least, self.most = least, most

    def from_json(self, value: object) -> list[str]:
        return [_number_text(value, f"a number from {self.least} to {self.most}")]

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            return
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) or not self.least <= float(text) <= self.most:
            raise ValueError(f"A number from {self.least} to {self.most}.")
        self.data = float(text)

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else "" if self.data is None else f"{self.data:g}"

    def schema(self) -> Schema:
        return {"type": "number", "minimum": self.least, "maximum": self.most}


class DayField(JsonField, Field):
    """A calendar day, written 2026-12-04; `data` is its midnight in UTC. It is before the last year of the calendar,
    since the end of that is past what a time can be.
    """

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, [Optional()], **kwargs)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = None
        text = valuelist[0].strip() if valuelist else ""
        if not text:
            return
        if not _DAY.fullmatch(text):
            raise ValueError("Enter a date, such as 2026-12-04.")
        try:
            day = date.fromisoformat(text[:10])
        except ValueError:
            raise ValueError("This date does not exist.") from None
        if day.year == MAXYEAR:
            raise ValueError(f"Choose a date before the year {MAXYEAR}.")
        self.data = datetime(day.year, day.month, day.day, tzinfo=UTC)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.strftime(DATE) if self.data else ""

    def schema(self) -> Schema:
        return {"type": "string", "format": "date"}


class WordsField(JsonField, Field):
    """A few short texts, such as skills: a list in JSON, separated by commas in a page's field.

    Texts that are the same to a search are one, as it was written first.
    """

    def __init__(self, label: str, *, most: int, longest: int, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.most, self.longest = most, longest

    def from_json(self, value: object) -> list[str]:
        if isinstance(value, str):
            return [value]
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            raise ValueError("This must be a list of texts.")
        if any("," in word for word in value):
            raise ValueError("Do not use commas here; they separate entries.")
        return value

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        words = [_text(" ".join(word.split())) for word in ",".join(valuelist).split(",")]
        first: dict[str, str] = {}
        for word in filter(is_visible, words):
            first.setdefault(folded(word), word)
        self.data = list(first.values())

    def pre_validate(self, form: FlaskForm) -> None:
        if len(self.data or []) > self.most:
            raise StopValidation(f"At most {self.most}.")
        if any(len(word) > self.longest for word in self.data or []):
            raise StopValidation(f"Each at most {self.longest} characters.")

    def _value(self) -> str:
        return ", ".join(self.data or [])

    def schema(self) -> Schema:
        words = {
            "type": "array",
            "items": {"type": "string", "maxLength": self.longest},
            "maxItems": self.most,
        }
        return {"oneOf": [words, {"type": "string"}]}


class YesNoField(JsonField, BooleanField):
    """Something that is so or is not; if it is left out, it is not."""

    true_values = ("y", "yes", "on", "true", "1")  # a ticked box sends "y" or "on"
    false_values = (False, "", "false", "0", "no", "off")

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        super().process_formdata([text.lower() for text in valuelist])

    def pre_validate(self, form: FlaskForm) -> None:
        if self.raw_data and self.raw_data[0].lower() not in (*self.true_values, *self.false_values):
            raise StopValidation("This must be true or false.")

    def from_json(self, value: object) -> list[str]:
        if not isinstance(value, bool):
            raise ValueError("This must be true or false.")
        return ["y"] if value else ["no"]

    def schema(self) -> Schema:
        return {"type": "boolean"}


def text_rules(most: int, missing: str) -> list[Any]:
    """Return validators of a required text of at most `most` characters."""
    return [Visible(missing), Length(max=most, message=f"At most {most:,} characters.")]


def _number_text(value: object, wanted: str) -> str:
    """Return a JSON number, or a string that a person could have typed for it, as text; nothing else is a number."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"This must be {wanted}.")
    return format(Decimal(repr(value)), "f") if abs(value) < 1e15 else "9" * 12


def _take(field: StringField, text: str) -> None:
    field.data = legible(text)  # as it is shown again if it is refused
    field.data = _text(text)


def _text(text: str) -> str:
    check_is_text(text)
    return without_turning(text).strip()


def _with_length(schema: Schema, field: Field) -> Schema:
    for rule in field.validators:
        if isinstance(rule, Length):
            schema |= {"maxLength": rule.max} if rule.max >= 0 else {}
            schema |= {"minLength": rule.min} if rule.min > 0 else {}
        elif isinstance(rule, Visible):
            schema |= {"minLength": 1}
    return schema
