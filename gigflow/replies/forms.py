"""What saving a reply takes."""

from gigflow.chat.models import TEXT_MAX
from gigflow.replies.models import TITLE_MAX
from gigflow.web.fields import LongTextField, TextField, text_rules
from gigflow.web.forms import Form


class ReplyForm(Form):
    """A reply to save; its text is one that could be sent as a message."""

    title = TextField(
        "Title",
        text_rules(TITLE_MAX, "Enter a title."),
        description="You find it by this, such as “Delivery times”. Nobody else sees it.",
    )
    text = LongTextField("Text", text_rules(TEXT_MAX, "Write the text."))
