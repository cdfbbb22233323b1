"""What pages do about the news that lead to them: who looks at a page has read those (docs/domain.md, News)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import g, request

from gigflow.accounts.models import User
from gigflow.core.clock import now, zone_name
from gigflow.notifications import actions
from gigflow.notifications.models import Notification
from gigflow.web.htmx import wants_fragment
from gigflow.web.runtime import db, person, viewer
from gigflow.web.visitors import is_looked_at


def news_lead_to(path: str) -> None:
    """Say at which address the news stand that this page tells of. Its bell reads them, if somebody looks at it."""
    if is_opened():
        g.news_lead_to = path


def is_opened() -> bool:
    """Return whether somebody opens this page as a whole: not what a browser fetches in advance, for a part of a page,
    or for a picture or a frame of another site.
    """
    return (
        viewer() is not None
        and is_looked_at()
        and not wants_fragment()
        and request.headers.get("Sec-Fetch-Dest", "document") == "document"
    )


def unread_now() -> int:
    """Return the number on the bell, asked once for each page; 0 for visitors. What leads to this page is read by then
    (`news_lead_to`).
    """
    reader, path = viewer(), g.get("news_lead_to")
    if reader is None:
        return 0
    if "unread" not in g:
        g.unread = (
            actions.read_page(db(), reader, path, now()) if path else actions.unread_count(db(), reader)
        )
    return int(g.unread)


def new_now() -> list[Notification]:
    """Return what is new to the reader; the bell of the page counts by it, and asks nothing more."""
    new = actions.new_of(db(), person())
    g.unread = actions.unread_among(db(), person(), new)
    return new


def clock_of(user: User, moment: datetime) -> dict[str, str]:
    """Return what the clocks of somebody's zone show, and what people call it."""
    here = moment.astimezone(ZoneInfo(user.time_zone or "UTC"))
    place = user.time_zone.rpartition("/")[2].replace("_", " ")
    return {"time": f"{here:%H:%M}", "place": place, "zone": zone_name(here)}
