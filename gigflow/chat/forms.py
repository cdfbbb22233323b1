"""What conversations take."""

from wtforms.validators import Length, Optional, Regexp, StopValidation

from gigflow.chat.models import CLIENT_ID_MAX, FILES_MAX, NUMBER_MAX, TEXT_MAX
from gigflow.core.errors import Invalid
from gigflow.web.fields import LongTextField, TextField, WholeNumberField
from gigflow.web.forms import Form, bind_query
from gigflow.web.id_fields import IdsField
from gigflow.web.uploads import FilesField

_NAME = f"1 to {CLIENT_ID_MAX} visible ASCII characters."
_TOO_LONG = f"At most {TEXT_MAX:,} characters."


class MessageForm(Form):
    """A message: words, files, or both. `client_id` is what its sender's program calls it."""

    text = LongTextField("Your message", [Length(max=TEXT_MAX, message=_TOO_LONG)])
    file_ids = IdsField("Files", most=FILES_MAX)
    client_id = TextField(
        "Client id",
        [Optional(), Regexp(rf"[!-~]{{1,{CLIENT_ID_MAX}}}\Z", message=_NAME)],
    )


class OpeningForm(MessageForm):
    """Whom to write to, about what (a gig, an order, or neither), and the first message, if there is one."""

    user_id = TextField("Person", [])
    gig_id = TextField("Job or service", [])
    order_id = TextField("Order", [])


class ComposerForm(Form):
    """A message, as the page of a conversation sends it: `seen` is the last number that it shows, and `order` the order
    on whose page it was written.
    """

    text = LongTextField("Your message", [Length(max=TEXT_MAX, message=_TOO_LONG)])
    files = FilesField("Files", most=FILES_MAX)
    client_id = TextField("Client id", [Optional(), Regexp(rf"[!-~]{{1,{CLIENT_ID_MAX}}}\Z", message=_NAME)])
    seen = WholeNumberField("Seen", least=0, most=NUMBER_MAX)
    order = TextField("Order", [])


class ChangeForm(Form):
    """Other words for a message."""

    text = LongTextField("Your message", [Length(max=TEXT_MAX, message=_TOO_LONG)])

    def validate_text(self, field: LongTextField) -> None:
        """Ask for the words: if they are left out, that is not the same as none."""
        if not field.raw_data:
            raise StopValidation("Write what the message says from now on.")


class SeqForm(Form):
    """The number of an entry."""

    seq = WholeNumberField("Number", least=0, most=NUMBER_MAX)


class NumbersForm(Form):
    """The numbers of entries that a query may name: where a history, or what came of it, begins or goes on."""

    after = WholeNumberField("After", least=0, most=NUMBER_MAX)
    before = WholeNumberField("Before", least=0, most=NUMBER_MAX)
    seq = WholeNumberField("Number", least=0, most=NUMBER_MAX)
    cursor = WholeNumberField("Cursor", least=0, most=NUMBER_MAX)


def asked_numbers() -> NumbersForm:
    """Return the numbers that the query names; None for those that it does not. Raises Invalid."""
    form = bind_query(NumbersForm)
    if form.problems:
        raise Invalid(form.problems)
    if form.after.data is not None and form.before.data is not None:
        raise Invalid({"after": ["Ask for what comes after or before a number, not for both."]})
    return form
