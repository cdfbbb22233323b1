"""Somebody's own services as a list with tabs."""

import msgspec

from gigflow.gigs.actions import counts_of
from gigflow.gigs.models import SERVICE, UNFINISHED, Service
from gigflow.services import actions
from gigflow.services.drafts import waits_for_owner
from gigflow.turn.views import ItemRow, turns_in, turns_of_rows
from gigflow.web.runtime import db, person
from gigflow.web.sections import Section, Tabs, asked_for, section

TABS: Tabs = {
    "current": ("Current", SERVICE["archive"].sources),
    "live": ("Live", ("live",)),
    "drafts": ("Drafts", (*UNFINISHED, "pending")),
    "paused": ("Paused", ("paused",)),
    "archived": ("Archived", ("archived",)),
}


class OwnServiceRow(msgspec.Struct, frozen=True):
    """One of the reader's services, how many people looked at it, what they have to do with it ("" if nothing), and the
    question or questions that they have not answered.
    """

    service: Service
    views: int
    waits: str
    question: ItemRow | None


def service_section() -> Section:
    """Return the reader's own services."""
    asked = asked_for("services", TABS, turns_in("services"))
    page = actions.services_in(db(), person(), asked.statuses, asked.page)
    views = actions.views_of(db(), page.rows)
    asked_in = turns_of_rows("services", "questions")
    rows = [
        OwnServiceRow(each, views.get(each.id, 0), waits_for_owner(each), asked_in.get(each.id))
        for each in page.rows
    ]
    states = [*TABS["current"][1], *TABS["archived"][1]]
    return section(asked, counts_of(db(), person(), states), page, rows)
