"""Files that people send: which routes take them, and how they get into a form (SECURITY 12, 19)."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from flask import current_app, request
from flask_wtf import FlaskForm
from wtforms import FileField
from wtforms.validators import StopValidation

from gigflow.core.errors import Invalid
from gigflow.core.images import PICTURE_BYTES_MAX
from gigflow.web.fields import JsonField, Schema
from gigflow.web.forms import AnyForm

View = TypeVar("View", bound=Callable[..., Any])

# Bytes of a body where files are taken: a file that is somewhat too large gets there, to be refused at its field.
UPLOAD_MAX = 16 * 1024 * 1024


class PictureField(JsonField, FileField):
    """A picture, sent as a file; `data` is its bytes, or None where none was chosen. JSON never sets it."""

    most_bytes = PICTURE_BYTES_MAX

    def __init__(self, label: str, *, required: bool = True, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.flags.required = required

    def from_json(self, value: object) -> list[str]:
        """Nothing: what was read of a person can be put back, with the addresses of their picture in it."""
        return []

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take the file of this name; files are not among the posted texts."""
        # Where none was chosen, browsers send one without a name. Of one that is too large, a byte too many says so.
        sent = request.files.get(self.name)
        self.data = sent.read(self.most_bytes + 1) if sent and sent.filename else None

    def pre_validate(self, form: FlaskForm) -> None:
        """Ask for a picture where there must be one. Whether it is one, only decoding it can tell."""
        if self.data is None and self.flags.required:
            raise StopValidation("Choose a picture.")

    def schema(self) -> Schema:
        """A file, as OpenAPI writes it."""
        return {"type": "string", "format": "binary"}


def takes_file(view: View) -> View:
    """Mark a view whose body is multipart, with files in it, and may be larger than others."""
    view.takes_file = True  # type: ignore[attr-defined]
    return view


def is_upload() -> bool:
    """Whether this request goes to a view that takes files."""
    return hasattr(current_app.view_functions.get(request.endpoint or ""), "takes_file")


def bind_files(form_class: type[AnyForm]) -> AnyForm:
    """The valid form of a multipart body, texts and files. Raises Invalid with every wrong field by its name."""
    form = form_class(formdata=request.form, meta={"csrf": False})
    if not form.validate():
        raise Invalid(
            {str(name): [str(message) for message in messages] for name, messages in form.errors.items()}
        )
    return form
