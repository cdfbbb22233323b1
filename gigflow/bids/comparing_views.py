"""Up to four bids on a job side by side, for its owner."""

from typing import Any
from urllib.parse import urlencode

from bson import ObjectId
from flask import request, url_for

from gigflow.bids import choosing, reading
from gigflow.bids.models import COMPARED_MAX
from gigflow.bids.views import bid_rows
from gigflow.core.db import is_id
from gigflow.gigs.models import Job
from gigflow.orders import actions as orders
from gigflow.web.runtime import db, person
from gigflow.web.visitors import is_looked_at

_ASKED_MAX = 100  # ids in an address that are looked for
_NONE = "Choose up to {most} bids in the list of bids, and compare them here."
_FOREIGN = "Bids that are not on this job are left out."
_TOO_MANY = "You can compare up to {most} bids. These are the first {most}."


def compare_context(gig: Job) -> dict[str, Any]:
    """Return what the page shows of the bids that the address names; those that it shows count as looked at."""
    texts = [text for asked in request.args.getlist("bids") for text in asked.split(",") if text.strip()]
    asked = list(dict.fromkeys(texts))
    ids = [ObjectId(text) for text in asked[:_ASKED_MAX] if is_id(text)]
    found = choosing.bids_to_compare(db(), gig, ids)
    shown = found[:COMPARED_MAX]
    if is_looked_at():
        reading.note_read(db(), person(), shown)
    rows = bid_rows(shown, {gig.id: gig})
    problems = {
        _FOREIGN: len(found) < min(len(asked), _ASKED_MAX),
        _TOO_MANY: len(found) > COMPARED_MAX,
        _NONE: not shown,
    }
    here = compare_url(gig, [bid.id for bid in shown])
    return {
        "gig": gig,
        "bids": rows,
        "completed": {
            bid.freelancer_id: orders.completed_count(db(), bid.freelancer_id, "freelancer") for bid in shown
        },
        "problems": [text.format(most=COMPARED_MAX) for text, is_so in problems.items() if is_so],
        "declined": next(
            (row for row in rows if row.is_declined and str(row.id) == request.args.get("declined")), None
        ),
        "here": here,
        "without": {
            row.id: compare_url(gig, [each.id for each in rows if each.id != row.id]) for row in rows
        },
    }


def compare_url(gig: Job, ids: list[ObjectId]) -> str:
    """Return the address of the page that compares these bids."""
    path = url_for("choosing.compare", gig_id=gig.id)
    return f"{path}?{urlencode({'bids': ','.join(map(str, ids))}, safe=',')}" if ids else path
