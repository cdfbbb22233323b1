"""What the forms of a brief show of the order that they are about."""

from typing import Any

from gigflow.files import actions as files
from gigflow.orders.briefs import NOTHING
from gigflow.orders.models import Order
from gigflow.web.brief_forms import BriefPageForm
from gigflow.web.runtime import db


def saved_beside(form: BriefPageForm, order: Order | None, seen: int | None) -> dict[str, Any] | None:
    """Return the brief that an order has by now, if a form that was refused has `seen` another version of it; then the
    form offers the files of this one, too.
    """
    if order is None or form.status == 200 or seen in (None, order.version):
        return None
    brief = order.terms.brief or NOTHING
    form.show_beside(brief)
    found = files.files_by_id(db(), brief.file_ids)
    others = [found[each] for each in brief.other_file_ids if each in found]
    return {"brief": brief, "files": found, "others": others}
