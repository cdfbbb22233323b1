"""What marking notifications read, and choosing them, takes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, get_args

from bson import ObjectId
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field
from wtforms.validators import StopValidation, ValidationError

from gigflow.accounts.models import Choice, Hours, Quiet, User
from gigflow.notifications.hooks import EVENTS
from gigflow.notifications.models import SECTIONS, Event
from gigflow.web.fields import ChoiceField, JsonField, WholeNumberField
from gigflow.web.forms import Form

IDS_MAX = 1_000
HOURS = 24  # of a day
PLACES = ("app", "email", "daily")

Way = Literal["now", "daily", "never"]  # in which letters of an event come
WAYS: tuple[Way, ...] = get_args(Way)
WAY_NAMES: dict[Way, str] = {"now": "At once", "daily": "Daily", "never": "Never"}


def way_of(choice: Choice) -> Way:
    """Return in which way somebody wants letters of an event."""
    if not choice.email:
        return "never"
    return "daily" if choice.daily else "now"


def _hours() -> list[tuple[str, str]]:
    return [(str(hour), f"{hour:02}:00") for hour in range(HOURS)]


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


class PageField(JsonField, Field):
    """The address of a page of this site; None if it was left out."""

    def from_json(self, value: object) -> list[str]:
        if not isinstance(value, str):
            raise ValueError("This must be the address of a page.")
        return [value]

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = valuelist[0] if valuelist else None

    def pre_validate(self, form: FlaskForm) -> None:
        if self.data is not None and not self.data.startswith("/"):
            raise StopValidation("The address of a page of this site, such as /orders/….")

    def schema(self) -> dict[str, Any]:
        """Return an address."""
        return {"type": "string", "examples": ["/orders/0123456789abcdef01234567"]}


class ReadForm(Form):
    """Which notifications were read: these, those about the thing of one page, or, if neither is named, all."""

    ids = IdsField("Notifications")
    url = PageField("Page")

    def validate_url(self, field: PageField) -> None:
        """Refuse a page beside ids: what is meant by both, nobody can tell. Raises ValidationError."""
        if field.data is not None and self.ids.data is not None:
            raise ValidationError("Name ids or a page, not both.")

    def known_ids(self) -> list[ObjectId] | None:
        """Return those of the ids that are some; None if all are meant."""
        if self.ids.data is None:
            return None
        return [ObjectId(each) for each in self.ids.data if ObjectId.is_valid(each)]


class ChoicesField(JsonField, Field):
    """A choice per event, as an object: {"hired": {"app": true, "email": true, "daily": false}, …}."""

    def from_json(self, value: object) -> list[str]:
        if not isinstance(value, dict):
            raise ValueError("This must be an object of events.")
        texts = []
        for event, places in value.items():
            if event not in EVENTS:
                continue  # what is not known is ignored, as everywhere
            # Without `daily` a letter goes at once, as programs know it that are older than daily letters.
            if not isinstance(places, dict) or not all(
                isinstance(each, bool)
                for each in (places.get("app"), places.get("email"), places.get("daily", False))
            ):
                raise ValueError(f"{event}: an object of app, email and daily, each true or false.")
            texts.append(" ".join([event, *(place for place in PLACES if places.get(place))]))
        return texts

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = {}
        for event, *places in (text.split(" ") for text in valuelist):
            self.data[event] = Choice(**{place: place in places for place in PLACES})

    def schema(self) -> dict[str, Any]:
        """Return an object of events."""
        choice = {
            "type": "object",
            "properties": {place: {"type": "boolean"} for place in PLACES},
            "required": ["app", "email"],
        }
        return {"type": "object", "properties": dict.fromkeys(EVENTS, choice)}


class QuietField(JsonField, Field):
    """Quiet hours, as an object: {"from": 22, "to": 7}; null if there are none."""

    def from_json(self, value: object) -> list[str]:
        ends = [value.get(end) for end in ("from", "to")] if isinstance(value, dict) else []
        hours = [each for each in ends if type(each) is int and 0 <= each < HOURS]
        if len(set(hours)) != 2:
            raise ValueError("An object of from and to, two different hours from 0 to 23, or null.")
        return [str(each) for each in hours]

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = Quiet(*map(int, valuelist)) if valuelist else None

    def schema(self) -> dict[str, Any]:
        """Return an object of two hours, or null."""
        hour = {"type": "integer", "minimum": 0, "maximum": HOURS - 1}
        hours = {"type": "object", "properties": {"from": hour, "to": hour}, "required": ["from", "to"]}
        return {"oneOf": [hours, {"type": "null"}]}


class ChoicesForm(Form):
    """Of which events a person wants to be told, where, and when letters go; what is left out stays as it is."""

    choices = ChoicesField("Choices")
    quiet = QuietField("Quiet hours")
    digest_at = WholeNumberField("Hour of the daily e-mail", least=0, most=HOURS - 1)

    def hours(self) -> Hours:
        """Return what was sent of the hours."""
        sent: dict[str, Quiet | int | None] = {"quiet": self.quiet.data} if "quiet" in self else {}
        at = self.digest_at.data if "digest_at" in self else None
        return sent if at is None else {**sent, "digest_at": at}


class TicksField(Field):
    """What is ticked or selected of several fields of one name."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        self.data = set(valuelist)


class ChoicesPageForm(Form):
    """The same as a column of boxes and one of selects, in groups, which need no script. Each group has a box for all
    of its events, and one for all of their letters; so has the page.

    `all` are the boxes of groups that are ticked, and `was_all` those that the page showed ticked, each as
    "app:section": a box of a group counts if it is not as it was shown. `email` are the ways of letters, each as
    "event:way"; `email_all`, as "section:way" or "every:way", is for those whose own way was left as it was.
    """

    app = TicksField("In the app")
    email = TicksField("E-mail")
    all = TicksField("All of these")
    was_all = TicksField("Shown as all of these")
    email_all = TicksField("All e-mails of these")
    has_quiet = BooleanField("Quiet hours")
    quiet_from = ChoiceField("From", choices=_hours(), default="22")
    quiet_to = ChoiceField("Until", choices=_hours(), default="7")
    digest_at = ChoiceField("Hour of the daily e-mail", choices=_hours(), default="8")

    @classmethod
    def of(cls, user: User) -> "ChoicesPageForm":
        """Return the form as somebody has filled it in."""
        data: dict[str, object] = {"digest_at": str(user.digest_at), "has_quiet": user.quiet is not None}
        if user.quiet:
            data |= {"quiet_from": str(user.quiet.start), "quiet_to": str(user.quiet.end)}
        return cls(formdata=None, data=data)

    def validate_quiet_to(self, field: ChoiceField) -> None:
        """Refuse quiet hours from an hour until the same one, which could mean none or all. Raises ValidationError."""
        if self.has_quiet.data and field.data == self.quiet_from.data:
            raise ValidationError("Choose two different hours.")

    def hours(self) -> Hours:
        """Return when letters go."""
        quiet = Quiet(int(self.quiet_from.data), int(self.quiet_to.data)) if self.has_quiet.data else None
        return {"quiet": quiet, "digest_at": int(self.digest_at.data)}

    def choices(self, shown: Mapping[str, Event], before: Mapping[str, Choice]) -> dict[str, Choice]:
        """Return a choice for each event that was shown, of which `before` was chosen: a box that is not ticked is not
        sent.
        """
        app = self._ticked(shown)
        ways = dict(self._ways("email"))
        of_groups = dict(self._ways("email_all"))
        chosen = {}
        for key, event in shown.items():
            was = way_of(before[key])
            way = ways.get(key, was)
            if way == was:
                way = of_groups.get(event.section) or of_groups.get("every") or was
            chosen[key] = Choice(app=key in app, email=way != "never", daily=way == "daily")
        return chosen

    def _ways(self, name: str) -> Iterator[tuple[str, Way]]:
        for text in self[name].data or ():
            subject, _, way = text.partition(":")
            if way in WAYS:
                yield subject, way

    def _ticked(self, shown: Mapping[str, Event]) -> set[str]:
        ticked = set(self.app.data or ()) & shown.keys()
        for section in SECTIONS:
            group = {event for event, known in shown.items() if known.section == section}
            box = f"app:{section}"
            is_all, was_all = (box in (field.data or ()) for field in (self.all, self.was_all))
            if is_all and not was_all:
                ticked |= group
            elif was_all and not is_all and group <= ticked:
                ticked -= group
        return ticked
