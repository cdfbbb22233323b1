"""What marking notifications read takes."""

from collections.abc import Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field
from wtforms.validators import StopValidation

from gigflow.web.forms import Form, JsonField

IDS_MAX = 1_000


class IdsField(JsonField, Field):
    """A list of ids; None where it was left out, which means all."""

    def from_json(self, value: object) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise ValueError("This must be a list of ids.")
        # An empty list is not the same as none: a mark tells them apart.
        return ["", *value]

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = [each for each in valuelist if each] if valuelist else None

    def pre_validate(self, form: FlaskForm) -> None:
        if len(self.data or []) > IDS_MAX:
            raise StopValidation(f"At most {IDS_MAX:,}.")

    def schema(self) -> dict[str, Any]:
        """A list of ids."""
        return {"type": "array", "items": {"type": "string"}, "maxItems": IDS_MAX}


class ReadForm(Form):
    """Which notifications were read; none named means all."""

    ids = IdsField("Notifications")
