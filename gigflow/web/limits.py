"""How often something may be done (SECURITY 8): what of a request is counted."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import Flask, Response, g, request

from gigflow.core.errors import TooMany
from gigflow.web.marks import asked_view, is_marked
from gigflow.web.runtime import person, runtime, viewer

Args = ParamSpec("Args")
View = TypeVar("View", bound=Callable[..., Any])
_SAFE = ("GET", "HEAD", "OPTIONS")


def init_limits(app: Flask) -> None:
    """Count every request by its client's address, except for the site's own files and a balancer's checks."""

    @app.before_request
    def count() -> None:
        if not is_marked("needs_nobody"):
            runtime().limits.spend_by_address("requests")

    @app.after_request
    def say_when(response: Response) -> Response:
        if response.status_code == 429 and "retry_after" in g:
            response.headers["Retry-After"] = str(g.retry_after)
        return response


def limited(
    rule: str, *, in_form: bool = False
) -> Callable[[Callable[Args, Response]], Callable[Args, Response]]:
    """Count each use of a view by its person under `rule`, whatever becomes of it, and refuse it above the limit.

    With `in_form` the view's form says so, next to what was typed (Form.perform); otherwise it is raised.
    """

    def mark(view: Callable[Args, Response]) -> Callable[Args, Response]:
        @wraps(view)
        def counted(*args: Args.args, **kwargs: Args.kwargs) -> Response:
            spend_by_person(rule, in_form=in_form)
            return view(*args, **kwargs)

        return counted

    return mark


def spend_by_person(rule: str, *, in_form: bool = False) -> None:
    """Count one more of `rule` for the viewer. Raises TooMany; with `in_form` the next form says so instead."""
    try:
        runtime().limits.spend(rule, person().user_id)
    except TooMany as error:
        if not in_form:
            raise
        g.too_many = error


def count_change() -> None:
    """Count a request that may change something by its person, so that nothing can be repeated without end."""
    known = viewer()
    if known is None or request.method in _SAFE or asked_view() is None or is_marked("never_limited"):
        return
    runtime().limits.spend("changes", known.user_id)
