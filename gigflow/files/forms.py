"""What sending a file takes."""

from gigflow.core.files import FILE_BYTES_MAX
from gigflow.web.forms import Form
from gigflow.web.uploads import OneFileField


class SendForm(Form):
    """A file that is sent before what it will belong to."""

    file = OneFileField("File", description=f"One, of at most {FILE_BYTES_MAX // 1_000_000} MB.")
