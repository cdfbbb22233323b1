"""Files that people send: which routes take them, and how they get into a form (SECURITY 12, 19)."""

import time
from collections.abc import Callable, Mapping, Sequence
from tempfile import SpooledTemporaryFile
from typing import IO, Any, TypeVar

import flask
import msgspec
from flask import request
from flask_wtf import FlaskForm
from werkzeug import formparser
from werkzeug.datastructures import Headers
from werkzeug.sansio.multipart import MultipartDecoder
from wtforms import FileField, MultipleFileField
from wtforms.validators import StopValidation

from gigflow.core.db import is_id
from gigflow.core.errors import Conflict, DomainError, Invalid
from gigflow.core.files import FILE_BYTES_MAX, FILE_GONE, FILES_MAX
from gigflow.core.images import PICTURE_BYTES_MAX
from gigflow.web.fields import JsonField, Schema
from gigflow.web.forms import AnyForm, Form, bind
from gigflow.web.id_fields import IdsField
from gigflow.web.limits import spend_by_person
from gigflow.web.marks import asked_view

View = TypeVar("View", bound=Callable[..., Any])

MULTIPART = "multipart/form-data"
JSON = "application/json"
# Bytes of a body that takes a picture: one that is somewhat too large gets there, to be refused at its field.
UPLOAD_MAX = 16 * 1024 * 1024
# Bytes of a body besides its files: texts, and what separates the parts.
BESIDE_FILES = 1024 * 1024
# Files that a form shows when it comes back: the ticked ones, and some that were unticked.
SHOWN_MAX = 2 * FILES_MAX
PARTS_MAX = 50  # of a body: each is a file that is open while it is read
SPOOL_MAX = 64 * 1024  # bytes of a file that wait in memory; a longer one waits on the disk


class PictureField(JsonField, FileField):
    """A picture, sent as a file; `data` is its bytes, or None if none was chosen. JSON never sets it."""

    most_bytes = PICTURE_BYTES_MAX

    def __init__(self, label: str, *, required: bool = True, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.flags.required = required

    def from_json(self, value: object) -> list[str]:
        """Take nothing: what was read of a person can be put back, with the addresses of their picture in it."""
        return []

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take the file of this name; files are not among the posted texts."""
        # If none was chosen, browsers send one without a name. If one is too large, a byte too many says so.
        sent = request.files.get(self.name)
        self.data = sent.read(self.most_bytes + 1) if sent and sent.filename else None

    def pre_validate(self, form: FlaskForm) -> None:
        """Ask for a picture if there must be one. Only decoding it can tell whether it is one."""
        if self.data is None and self.flags.required:
            raise StopValidation("Choose a picture.")

    def schema(self) -> Schema:
        """Return a file, as OpenAPI writes it."""
        return {"type": "string", "format": "binary"}


class FilesField(JsonField, MultipleFileField):
    """Up to `most` files; `data` is what was sent (name and stream), in its order. JSON never sets it.

    Whether a file is too large or empty shows when it is stored (files.actions.store_files).
    """

    def __init__(self, label: str, *, most: int, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.most = most
        self.refusal = ""

    def from_json(self, value: object) -> list[str]:
        """Take nothing: what was read of a delivery can be put back, with what is known of its files in it."""
        return []

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take the files of this name; if none was chosen, browsers send one without a name."""
        self.data = [sent for sent in request.files.getlist(self.name) if sent.filename]

    def pre_validate(self, form: FlaskForm) -> None:
        """Refuse more files than are taken, and what `refusal` says."""
        if self.refusal:
            raise StopValidation(self.refusal)
        if len(self.data or ()) > self.most:
            raise StopValidation(f"At most {self.most} files.")

    def schema(self) -> Schema:
        """Return files, as OpenAPI writes them."""
        return {"type": "array", "items": {"type": "string", "format": "binary"}, "maxItems": self.most}


class OneFileField(JsonField, FileField):
    """Exactly one file; `data` is a list of what was sent under its name (name and stream). JSON never sets it."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.flags.required = True

    def from_json(self, value: object) -> list[str]:
        """Take nothing: a file is no JSON."""
        return []

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take what was sent under this name; if no file was chosen, browsers send one without a name."""
        self.data = [sent for sent in request.files.getlist(self.name) if sent.filename]

    def pre_validate(self, form: FlaskForm) -> None:
        """Ask for the file if there is none, and refuse several."""
        if not self.data:
            raise StopValidation(f"Send one file, as the part “{self.name}”.")
        if len(self.data) > 1:
            raise StopValidation("Send one file at a time.")

    def schema(self) -> Schema:
        """Return a file, as OpenAPI writes it."""
        return {"type": "string", "format": "binary"}


class ShownField(IdsField):
    """Ids of what a page's form has shown; what cannot be read is left out."""

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Take what can be read, up to `most`."""
        super().process_formdata([text for text in valuelist if is_id(text)][: self.most])


class FilesPageForm(Form):
    """A page's form with files: those that are there, or came before, are ticked (`file_ids`), new ones are `files`.
    A form that comes back has those that were unticked as well (`shown_files`): they can be ticked again. The feature
    `files` keeps what comes, and says which files are `kept`, and which answer a question (`answered`).
    """

    kept: Sequence[object] = ()
    answered: Mapping[str, object] = {}
    lost_a_file = (
        False  # the action was refused since a file is gone; which one is found when the form is shown
    )
    file_ids = IdsField("Files", most=FILES_MAX)
    shown_files = ShownField("Files that were shown", most=SHOWN_MAX)
    files = FilesField(
        "Add files",
        most=FILES_MAX,
        description=f"Up to {FILES_MAX} in all, of at most {FILE_BYTES_MAX // 1_000_000} MB each.",
    )

    def values(self) -> dict[str, Any]:
        """Return what was understood; by then the files that came are among the ids."""
        return {
            name: value for name, value in super().values().items() if name not in ("files", "shown_files")
        }

    def refuse(self, error: DomainError) -> None:
        """Show a refusal; that a file is gone is said at the files, by what names them."""
        if isinstance(error, Conflict) and error.code == FILE_GONE:
            self.status, self.lost_a_file = 409, True
            return
        super().refuse(error)


class Spool(SpooledTemporaryFile[bytes]):
    """A place for a file to wait in until its whole request is read."""

    def write(self, data: Any) -> int:
        """Take a part of the file, and let other requests go on: from a fast sender a hundred megabytes come without
        a pause that would do so.
        """
        time.sleep(0)
        return super().write(data)


class PartDecoder(MultipartDecoder):
    """Reads the parts of a multipart body. Browsers write names in UTF-8; some programs write them in Latin-1."""

    def _parse_headers(self, data: bytes | bytearray) -> Headers:
        try:
            return super()._parse_headers(data)
        except UnicodeDecodeError:
            if b"filename=" not in data:
                raise
            return super()._parse_headers(bytes(data).decode("latin-1").encode())


# Werkzeug takes its decoder from the module and from nowhere else.
formparser.MultipartDecoder = PartDecoder  # type: ignore[attr-defined]


class Request(flask.Request):
    """A request whose files neither fill the memory nor keep others waiting."""

    def _get_file_stream(self, *_: object, **__: object) -> IO[bytes]:
        return Spool(SPOOL_MAX)


class Upload(msgspec.Struct, frozen=True):
    """What a view takes whose body may be multipart: at most this many bytes of it, or one of these media types."""

    most_bytes: int
    media_types: tuple[str, ...] = (MULTIPART,)


def takes_file(view: View) -> View:
    """Mark a view whose body is multipart, with a picture in it."""
    view.upload = Upload(UPLOAD_MAX)  # type: ignore[attr-defined]
    return view


def takes_one_file(view: View) -> View:
    """Mark a view whose body is multipart, with one file of up to `FILE_BYTES_MAX` in it."""
    view.upload = Upload(FILE_BYTES_MAX + BESIDE_FILES)  # type: ignore[attr-defined]
    return view


def takes_files(most: int) -> Callable[[View], View]:
    """Mark a view whose body is multipart with up to `most` files, each of up to `FILE_BYTES_MAX`; or JSON, without
    files.
    """

    def mark(view: View) -> View:
        view.upload = Upload(most * FILE_BYTES_MAX + BESIDE_FILES, (MULTIPART, JSON))  # type: ignore[attr-defined]
        return view

    return mark


def upload() -> Upload | None:
    """Return what the view of this request takes of files, or None if it takes none."""
    return getattr(asked_view(), "upload", None)


def count_upload(field: str, *, in_form: bool = False) -> None:
    """Count the files of this field as one upload of the viewer, whatever becomes of them; nothing if there are none.
    Raises TooMany; with `in_form` the next form says so instead.
    """
    if any(sent.filename for sent in request.files.getlist(field)):
        spend_by_person("uploads", in_form=in_form)


def bind_files(form_class: type[AnyForm]) -> AnyForm:
    """Return the valid form of a multipart body, texts and files, or of JSON if the view takes it too.

    Raises NotJson, and Invalid with every wrong field by its name.
    """
    if request.mimetype == JSON:
        return bind(form_class)
    form = form_class(formdata=request.form, meta={"csrf": False})
    if not form.validate():
        raise Invalid(
            {str(name): [str(message) for message in messages] for name, messages in form.errors.items()}
        )
    return form
