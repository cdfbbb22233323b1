"""Marks: what a view says of itself, so that nothing else has to know it by name."""

from collections.abc import Callable
from typing import Any, Literal, TypeVar

from flask import current_app, request

View = TypeVar("View", bound=Callable[..., Any])
Mark = Literal[
    "needs_sign_in",
    "visitors_begin",
    "needs_nobody",
    "never_limited",
    "from_provider",
    "from_anywhere",
    "shown_anywhere",
]


def needs_nobody(view: View) -> View:
    """Mark a view that is answered without asking who it is, or how often: it must work while the database is away."""
    return _marked(view, "needs_nobody")


def needs_sign_in(view: View) -> View:
    """Mark a view for signed-in people alone; `auth.signed_in` does, and refuses everybody else."""
    return _marked(view, "needs_sign_in")


def visitors_begin(view: View) -> View:
    """Mark a view whose form visitors send, too; somebody whose session has ended is asked to sign in again."""
    return _marked(view, "visitors_begin")


def never_limited(view: View) -> View:
    """Mark a view that its person can always use, whatever somebody else has done in their name: end devices, sign
    out.
    """
    return _marked(view, "never_limited")


def from_provider(view: View) -> View:
    """Mark a view that a payment provider calls: its events are signed, and come from anywhere (SECURITY 10, 21)."""
    return _marked(view, "from_provider")


def from_anywhere(view: View) -> View:
    """Mark a view that anybody's program calls, with any body: the signed address says what it may do."""
    return _marked(view, "from_anywhere")


def shown_anywhere(view: View) -> View:
    """Mark a view that pages of other origins may show, if CLIENT_URL names some."""
    return _marked(view, "shown_anywhere")


def asked_view() -> Callable[..., Any] | None:
    """Return the view that this request asks for, or None."""
    return current_app.view_functions.get(request.endpoint or "")


def is_marked(mark: Mark) -> bool:
    """Return whether the view of this request has this mark."""
    return has_mark(asked_view(), mark)


def has_mark(view: Callable[..., Any] | None, mark: Mark) -> bool:
    """Return whether a view has this mark."""
    return hasattr(view, mark)


def _marked(view: View, mark: Mark) -> View:
    setattr(view, mark, True)
    return view
