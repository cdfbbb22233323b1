"""Files that people send one another: what is delivered with an order (docs/domain.md, Words)."""

import mimetypes
import unicodedata
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from bson import ObjectId

from gigflow.core.images import PICTURE_BYTES_MAX
from gigflow.core.texts import is_visible, without_turning

NAME_MAX = 200  # characters; file systems differ in what they take, and browsers cut to what theirs takes
# A longer one is no extension but a name that happens to have a dot.
EXTENSION_MAX = 20
# How long a file that was sent may wait to belong to something before it goes again.
ADOPTION_LIFETIME = timedelta(hours=1)
# How long a file is kept that was taken back, so that a report of it comes in time.
RETRACTED_LIFETIME = timedelta(days=30)

ANY_TYPE = "application/octet-stream"
# What the ending of a name says; not what the machine's own lists say, so that every machine says the same.
_types = mimetypes.MimeTypes()

SubjectKind = Literal["job", "request", "bid", "offer", "order", "message"]
# How many things one file may belong to: each agreement that begins from another one adds its order.
SUBJECTS_MAX = 100

# Line ends and other controls, halves of characters, and line separators: none of it is part of a name.
_NO_NAME = {"Cc", "Cs", "Zl", "Zp"}


class Subject(msgspec.Struct, frozen=True):
    """What a file belongs to. Anybody who may see that may have the file."""

    kind: SubjectKind
    id: ObjectId


class File(msgspec.Struct, kw_only=True, rename={"id": "_id"}):
    """A file that a person sent. `size` is in bytes, and 0 until all of them are there.

    It belongs to nothing and goes from `drop_at` on, until its sender adopts it for a subject; then it stays. What is
    agreed about that subject may share it with others, such as the order (`shared_with`). If it was taken back, it
    keeps its subject, whose feature shows it to nobody, and goes from another `drop_at` on. It stays in any case for as
    long as something holds it (`held_by`), such as a report.
    """

    id: ObjectId
    owner_id: ObjectId
    name: str
    size: int = 0
    sha256: str = ""
    # Its bytes turned out to be no picture that can be shown, whatever it is called.
    unreadable: bool = False
    subject: Subject | None = None
    shared_with: list[Subject] = msgspec.field(default_factory=list)
    drop_at: datetime | None
    held_by: list[ObjectId] = msgspec.field(default_factory=list)
    created_at: datetime

    @property
    def subjects(self) -> list[Subject]:
        """Everything that it belongs to."""
        return [self.subject, *self.shared_with] if self.subject else []

    @property
    def path(self) -> str:
        """The address of the file, for pages and programs alike."""
        return f"/api/files/{self.id}"

    @property
    def type(self) -> str:
        """The media type that its name stands for. Nobody has looked whether that is true."""
        return _types.guess_type(self.name)[0] or ANY_TYPE

    @property
    def preview(self) -> str | None:
        """The address of its preview, or None if it has none."""
        return f"{self.path}/preview" if self.is_picture else None

    @property
    def is_picture(self) -> bool:
        """Whether there is a preview of it: it is called a picture, not too large to be read as one, and nothing has
        shown that it is none.
        """
        named = self.name.lower().endswith((".png", ".jpg", ".jpeg", ".webp"))
        return named and self.size <= PICTURE_BYTES_MAX and not self.unreadable


def clean_name(sent: str) -> str:
    """Return the name under which a file is kept: the last part of a path, on one line, in whatever script, with its
    extension; "file" if nothing of it can be seen.
    """
    last = sent.replace("\\", "/").rpartition("/")[2]
    on_one_line = "".join(" " if unicodedata.category(char) in _NO_NAME else char for char in last)
    # With its direction reversed, "gpj.exe" would read as "exe.jpg". Windows drops certain characters at the end, and
    # so shows another name.
    name = " ".join(without_turning(on_one_line).split()).rstrip(" .")
    if not is_visible(name):
        return "file"
    if len(name) <= NAME_MAX:
        return name
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension) > EXTENSION_MAX:
        return name[:NAME_MAX]
    return stem[: NAME_MAX - len(dot + extension)] + dot + extension
