"""Somebody's orders as a list with tabs."""

from gigflow.orders import actions
from gigflow.orders.models import STATES, Side
from gigflow.orders.views import order_rows
from gigflow.turn.views import turns_in, turns_of_rows
from gigflow.web.runtime import db, person
from gigflow.web.sections import Section, Tabs, asked_for, section

TABS: Tabs = {state: (state.capitalize(), statuses) for state, statuses in STATES.items()}


def order_section(side: Side | None) -> Section:
    """Return the reader's orders on this side as a part of a page."""
    return _section("orders", side)


def order_list(side: Side | None) -> Section:
    """Return the reader's orders on this side, or on both, as a page of its own."""
    return _section("state", side, cursor_name="cursor", rows=20)


def _section(key: str, side: Side | None, **more: str | int) -> Section:
    asked = asked_for(key, TABS, turns_in("orders", side), **more)  # type: ignore[arg-type]
    page = actions.orders_of(db(), person(), [asked.state], asked.page, side)
    counts = actions.status_counts(db(), person(), side)
    rows = order_rows(page.rows, turns_of_rows("orders", "reviews"))
    return section(asked, counts, page, rows)
