"""One binding for HTML and JSON: a feature's FlaskForms are its only input rules (docs/architecture.md).

`bind(Form)` reads a JSON body, checks that each value has the JSON type of its field, and validates. A page makes the
form itself (FlaskForm reads the posted fields) and runs its action by `perform`, which puts refusals at their fields.
"""

import codecs
from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar, TypeVar

import msgspec
from flask import g, request
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest
from wtforms import BooleanField, HiddenField
from wtforms.fields.core import UnboundField

from gigflow.core.errors import (
    Conflict,
    DomainError,
    EmailNotConfirmed,
    Invalid,
    Link,
    ProviderFailed,
    TooMany,
)
from gigflow.core.paging import PageRequest, page_request
from gigflow.web.fields import JsonField

AnyForm = TypeVar("AnyForm", bound="Form")
Result = TypeVar("Result")


# How a page answers whose form was refused.
_STATUS: dict[type[DomainError], int] = {
    Invalid: 400,
    EmailNotConfirmed: 403,
    TooMany: 429,
    ProviderFailed: 502,
}


class NotJson(BadRequest):
    """The body is not a JSON object. Becomes 400 `invalid_json`."""


class Form(FlaskForm):
    """The base of every form. `ATTRIBUTES` names the model's attribute if it is not the field's own name."""

    ATTRIBUTES: ClassVar[dict[str, str]] = {}
    form_errors: list[str]
    links: tuple[Link, ...] = ()  # to what stands in the way
    problems: dict[str, list[str]]
    unread: frozenset[str] = frozenset()  # fields that were sent as another JSON type than theirs
    status = 200

    class Meta:
        """How WTForms makes the form."""

        def wrap_formdata(self, form: "Form", formdata: object) -> Any:
            """Read a page's form from the posted texts only: FlaskForm would also put files and JSON into fields that
            are made for texts. `bind` and `bind_files` say themselves what to read.
            """
            if formdata is None or isinstance(formdata, MultiDict):
                return formdata
            return request.form if form.is_submitted() else None

    def values(self) -> dict[str, Any]:
        """Return what was understood, by the model's attributes; without the form token."""
        return {
            self.ATTRIBUTES.get(name, name): field.data
            for name, field in self._fields.items()
            if name != "csrf_token"
        }

    def perform(self, action: Callable[[], Result]) -> Result | None:
        """Validate and run `action`; returns None if either refuses, or a limit (`limited` in web/limits.py), with the
        reason at its field and `status` set.
        """
        if too_many := g.pop("too_many", None):
            self.refuse(too_many)
            return None
        if not self.validate():
            self.status = 400
            return None
        try:
            return action()
        except (Invalid, Conflict, EmailNotConfirmed, TooMany, ProviderFailed) as error:
            self.refuse(error)
            return None

    def refuse(self, error: DomainError) -> None:
        """Show a refusal of the action at its field, or else above the form."""
        fields = error.fields if isinstance(error, Invalid) else {}
        if isinstance(error, TooMany):
            g.retry_after = error.retry_after  # the answer's header says it, too (web/limits.py)
        self.status = _STATUS.get(type(error), 409)
        placed = {name: messages for name, messages in fields.items() if name in self._fields}
        for name, messages in placed.items():
            field = self._fields[name]
            field.errors = [*field.errors, *messages]
        if not placed:
            self.form_errors = [*self.form_errors, error.message]
            self.links = error.links if isinstance(error, Conflict) else ()


class VersionedForm(Form):
    """A page's form that also says which version of the thing it shows."""

    version = HiddenField()

    def values(self) -> dict[str, Any]:
        """Return what was understood, without the version: that is not a term."""
        return {name: value for name, value in super().values().items() if name != "version"}

    @property
    def seen_version(self) -> int | None:
        """The version that the page showed, or None if it says none."""
        text = self.version.data or ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    def version_seen(self) -> int:
        """Return the version that the page showed, which it must say. Raises Invalid."""
        if self.seen_version is None:
            raise Invalid({}, "This form is incomplete. Open the page again and decide there.")
        return self.seen_version

    def show_again(self, version: int) -> None:
        """Show what was typed together with this version of the thing. Sent again, the form knowingly replaces what the
        other window saved, or decides about the thing as it stands here.
        """
        self.version.data = str(version)


def bind(form_class: type[AnyForm], *, partial: bool = False) -> AnyForm:
    """Return the valid form of a JSON body; with `partial` only of the fields that it has.

    Fields that the form does not know are ignored and never bound (SECURITY 17). Raises NotJson, and Invalid with every
    wrong field by its JSON name.
    """
    form = form_of(form_class, json_body(), partial=partial)
    if form.problems:
        raise Invalid(form.problems)
    return form


def bind_query(form_class: type[AnyForm]) -> AnyForm:
    """Return the form of a query string, its parameters named as in JSON or as on a page; empty ones count as left out.

    It is checked and not refused: the wrong ones are in its `problems`.
    """
    texts: MultiDict[str, str] = MultiDict()
    form = form_class(formdata=texts, meta={"csrf": False})
    for name in form._fields:
        if found := given(name):
            texts.setlist(name, found)
    form.process(formdata=texts)
    form.problems = (
        {}
        if form.validate()
        else {camel(str(name)): list(map(str, messages)) for name, messages in form.errors.items()}
    )
    return form


def asked_page(**more: Any) -> PageRequest:
    """Return the page that `?limit=` and `?cursor=` ask for; `more` goes to `page_request`. Raises Invalid."""
    return page_request(request.args.get("limit"), request.args.get("cursor"), **more)


def given(name: str) -> list[str]:
    """Return what the query says of a field, named as in JSON or as on a page, without empty values."""
    texts = request.args.getlist(camel(name)) or request.args.getlist(name)
    return [text for text in texts if text.strip()]


@cache
def parameters_of(form_class: type[AnyForm]) -> frozenset[str]:
    """Return the parameters that `bind_query` reads for a form, in either spelling."""
    names = [name for name in dir(form_class) if isinstance(getattr(form_class, name), UnboundField)]
    return frozenset({*names, *map(camel, names)})


def form_of(form_class: type[AnyForm], body: dict[str, Any], *, partial: bool = False) -> AnyForm:
    """Return the form of a JSON object, checked: its `problems` are empty if it is valid."""
    form = form_class(formdata=MultiDict(), meta={"csrf": False})
    wrong: dict[str, list[str]] = {}
    texts: MultiDict[str, str] = MultiDict()
    for name, field in list(form._fields.items()):
        value = body.get(camel(name))
        if value is None:
            # When something is changed, null empties what may be empty; what is yes or no never is.
            stays = field.flags.required or isinstance(field, BooleanField)
            if partial and (camel(name) not in body or stays):
                del form[name]
            continue
        assert isinstance(field, JsonField)
        try:
            texts.setlist(name, field.from_json(value))
        except ValueError as error:
            wrong[name] = [str(error)]
    # They stay in the form, empty: what the validators of other fields ask of them is answered.
    form.unread = frozenset(wrong)
    form.process(formdata=texts)
    form.validate()
    found = {str(name): [str(message) for message in messages] for name, messages in form.errors.items()}
    form.problems = found | wrong
    return form


def json_body() -> dict[str, Any]:
    """Return the request's body as a JSON object; an empty body is `{}`. Raises NotJson."""
    raw = request.get_data(cache=True).removeprefix(
        codecs.BOM_UTF8
    )  # some editors and shells put it in front
    request.stream.read(1)  # at the limit Werkzeug only stops; reading on raises the error
    if not raw.strip():
        return {}
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NotJson("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise NotJson("The body must be a JSON object.")
    return body


def camel(name: str) -> str:
    """Return the JSON name of a field: delivery_days → deliveryDays."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
