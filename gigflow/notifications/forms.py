"""What marking notifications read, and choosing them, takes."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_wtf import FlaskForm
from wtforms import Field
from wtforms.validators import StopValidation

from gigflow.accounts.models import Choice
from gigflow.notifications.hooks import EVENTS
from gigflow.notifications.models import SECTIONS, Event
from gigflow.web.fields import JsonField
from gigflow.web.forms import Form

IDS_MAX = 1_000


class IdsField(JsonField, Field):
    """A list of ids; None if it was left out, which means all."""

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
        """Return a list of ids."""
        return {"type": "array", "items": {"type": "string"}, "maxItems": IDS_MAX}


class ReadForm(Form):
    """Which notifications were read; if none is named, all of them."""

    ids = IdsField("Notifications")


class ChoicesField(JsonField, Field):
    """A choice per event, as an object: {"hired": {"app": true, "email": false}, …}."""

    def from_json(self, value: object) -> list[str]:
        if not isinstance(value, dict):
            raise ValueError("This must be an object of events.")
        texts = []
        for event, places in value.items():
            if event not in EVENTS:
                continue  # what is not known is ignored, as everywhere
            if not isinstance(places, dict) or not all(
                isinstance(places.get(place), bool) for place in ("app", "email")
            ):
                raise ValueError(f"{event}: an object of app and email, each true or false.")
            texts.append(" ".join([event, *(place for place in ("app", "email") if places[place])]))
        return texts

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = {}
        for event, *places in (text.split(" ") for text in valuelist):
            self.data[event] = Choice(app="app" in places, email="email" in places)

    def schema(self) -> dict[str, Any]:
        """Return an object of events."""
        place = {"type": "boolean"}
        choice = {
            "type": "object",
            "properties": {"app": place, "email": place},
            "required": ["app", "email"],
        }
        return {"type": "object", "properties": dict.fromkeys(EVENTS, choice)}


class ChoicesForm(Form):
    """Of which events a person wants to hear, and where; events that are left out stay as they are."""

    choices = ChoicesField("Choices")


class TicksField(Field):
    """The events whose box is ticked."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = set(valuelist)


class ChoicesPageForm(Form):
    """The same as two columns of boxes, in groups; each group has a box in each column for all of its events.

    `all` are the boxes of groups that are ticked, and `was_all` those that the page showed ticked, each as
    "place:section". So the page needs no script: a box of a group counts if it is not as it was shown.
    """

    app = TicksField("In the app")
    email = TicksField("E-mail")
    all = TicksField("All of these")
    was_all = TicksField("Shown as all of these")

    def choices(self, shown: Mapping[str, Event]) -> dict[str, Choice]:
        """Return a choice for each event that was shown: a box that is not ticked is not sent."""
        app, email = self._ticked("app", shown), self._ticked("email", shown)
        return {event: Choice(app=event in app, email=event in email) for event in shown}

    def _ticked(self, place: str, shown: Mapping[str, Event]) -> set[str]:
        ticked = set(self[place].data or ()) & shown.keys()
        for section in SECTIONS:
            group = {event for event, known in shown.items() if known.section == section}
            box = f"{place}:{section}"
            is_all, was_all = (box in (field.data or ()) for field in (self.all, self.was_all))
            if is_all and not was_all:
                ticked |= group
            elif was_all and not is_all and group <= ticked:
                ticked -= group
        return ticked
