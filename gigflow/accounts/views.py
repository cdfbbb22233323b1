"""What pages show of people and their devices."""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import lru_cache

import msgspec
from bson import ObjectId
from flask import Response
from ua_parser import parse

from gigflow.accounts import actions, credentials
from gigflow.accounts.models import Out, Session, Viewer
from gigflow.core.clock import now
from gigflow.web.htmx import render
from gigflow.web.runtime import db


def faces_of(ids: Iterable[ObjectId]) -> dict[ObjectId, ObjectId | None]:
    """Return the pictures of these people, for lists that show them next to what is theirs."""
    return {each.id: each.picture_id for each in actions.people(db(), list(ids)).values()}


class DeviceRow(msgspec.Struct, kw_only=True):
    """A signed-in device as its person recognises it."""

    id: ObjectId
    name: str
    symbol: str
    current: bool
    created_at: datetime
    last_seen_at: datetime


def device_rows(sessions: list[Session], viewer: Viewer) -> list[DeviceRow]:
    """Return these devices with names such as "Firefox on Linux"."""
    return [_row(session, viewer) for session in sessions]


def _row(session: Session, viewer: Viewer) -> DeviceRow:
    name, symbol = _name_and_symbol(session.user_agent)
    return DeviceRow(
        id=session.id,
        name=name,
        symbol=symbol,
        current=session.id == viewer.device_id,
        created_at=session.created_at,
        last_seen_at=session.last_seen_at,
    )


@lru_cache(maxsize=500)
def _name_and_symbol(user_agent: str) -> tuple[str, str]:
    """Return what a user agent calls itself, and the icon for it. Anybody can claim anything: it is a help, not a
    proof.
    """
    found = parse(user_agent)
    browser = found.user_agent.family if found.user_agent else ""
    system = found.os.family if found.os else ""
    if not system:
        return browser or user_agent[:40] or "Unknown device", "terminal"
    is_phone = system in {"iOS", "Android"} or "Mobile" in user_agent
    name = f"{browser} on {system}" if browser else system
    return name, "smartphone" if is_phone else "monitor"


def confirm_page(
    token: str,
    *,
    problem: str | None = None,
    status: int = 200,
    done: bool = False,
    out: Collection[Out] = (),
    begun_path: str | None = None,
) -> Response:
    """Show the page of the letter with this token, or what following it has done (`out`: what went out by itself)."""
    joined = credentials.user_of_token(db(), token, "confirm", now())
    user = joined or credentials.user_of_token(db(), token, "email", now())
    email = user and (user.to_confirm if joined else user.email_change and user.email_change.email)
    return render(
        "accounts/confirm.html",
        "accounts/_confirm.html",
        status=status,
        email=email,
        account_name=user.name if user else None,
        joined=joined is not None,
        token=token,
        problem=problem,
        done=done,
        out=out,
        begun_path=begun_path,
    )
