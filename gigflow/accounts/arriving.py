"""Where somebody goes who has joined, signed in or confirmed their address: first to what they began before."""

from collections.abc import Collection
from datetime import datetime

from gigflow.accounts import hooks
from gigflow.accounts.models import Kept, Out, User


def waiting_here() -> list[Kept]:
    """Return what waits at this browser for somebody to join or to sign in."""
    return [each for act in hooks.kept_here for each in act()]


def waiting_named(ids: Collection[str]) -> list[str]:
    """Say in our words alone what of these waits at this browser for an address to be confirmed."""
    return [each.after for each in waiting_here() if each.id in ids and each.after]


def arrive(user: User, now: datetime, *, is_here: bool) -> str | None:
    """Let what somebody began go on, and return where; None if there is nothing. `is_here` says that they are signed in
    at this browser.
    """
    places = [act(user, is_here, now) for act in hooks.arrived]
    return next((place for place in places if place), None)


def out_of(user: User) -> list[Out]:
    """Return what somebody wrote before they joined and what went out by itself."""
    return [each for act in hooks.went_out for each in act(user.id)]
