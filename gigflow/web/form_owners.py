"""A form belongs to the person who opened it (SECURITY 11): its token differs for each person at a browser.

Flask-WTF keeps one token for a session, and a session outlives a sign-in: Ben, who signed in after Maya, would send a
form that she had opened. A visitor's form is nobody's: signing in on the way to sending it is what it asks for.

What a script sends without a form says by a header whose page it is on, so that a page that was left open sends nothing
in the name of the person who has signed in since.
"""

import hashlib
import hmac

from flask import Flask, Response, current_app, g, request, session
from flask_wtf.csrf import CSRFError, generate_csrf
from itsdangerous import BadData, URLSafeTimedSerializer

from gigflow.core.errors import Conflict
from gigflow.web.runtime import viewer

TOKEN = "csrf_token"  # noqa: S105 - a field's name
ANOTHER_PERSONS = "another_persons_form"
PAGE_OF = "X-Viewer"  # the header: the id of the person whose page it is
PEOPLE_MAX = 5  # at one browser; forms of earlier people are merely too old

_FIRST, _PEOPLE = "form_first", "form_people"
_VISITOR = ""


class AnotherPersons(Conflict):
    """A form, or a page, was opened by another person than the one who is signed in now."""

    code = ANOTHER_PERSONS

    def __init__(self, name: str, what: str) -> None:
        super().__init__(f"You are signed in as {name} now, and this {what} was opened by someone else.")


def init_form_owners(app: Flask) -> None:
    """Give each person at a browser tokens of their own, once it is known who is asking."""

    @app.before_request
    def check_page() -> None:
        known, page_of = viewer(), request.headers.get(PAGE_OF)
        if known and page_of and page_of != str(known.user_id):
            raise AnotherPersons(known.name, "page")

    @app.before_request
    def follow() -> None:
        g.form_person = _who()
        if current_app.config["SESSION_COOKIE_NAME"] not in request.cookies or TOKEN not in session:
            return
        # A session older than owners belongs to the person who is there.
        people: list[str] = session.get(_PEOPLE) or [g.form_person]
        first: str = session.get(_FIRST) or session[TOKEN]
        wanted = _token_of(first, people[0], g.form_person)
        if session[TOKEN] == wanted and _PEOPLE in session:
            return
        later = [each for each in people[1:] if each != g.form_person]
        if g.form_person != people[0]:
            later.append(g.form_person)
        session.update({TOKEN: wanted, _FIRST: first, _PEOPLE: [people[0], *later[-PEOPLE_MAX:]]})

    @app.after_request
    def remember(response: Response) -> Response:
        if TOKEN in g and _PEOPLE not in session:
            session.update({_FIRST: session[TOKEN], _PEOPLE: [g.form_person]})
        return response


def check_owner(error: CSRFError) -> None:
    """Let a form pass that was refused only because somebody signed in or out since it was opened. Raises
    AnotherPersons if it is another person's; otherwise the error that is given.
    """
    owner = _owner_of_form()
    if owner is None:
        raise error
    known = viewer()
    if known and owner != _VISITOR:
        raise AnotherPersons(known.name, "form")
    g.csrf_valid = True  # what Flask-WTF notes once it has found a form good


def new_token() -> str:
    """Return a form token of the person who is there now."""
    return str(generate_csrf())


def _owner_of_form() -> str | None:
    """Return who opened the form that was sent, of those who were at this browser; None if it was none of them."""
    if _PEOPLE not in session or not isinstance(current_app.secret_key, str):
        return None
    given = request.form.get(TOKEN) or request.headers.get("X-CSRFToken", "")
    try:
        raw = URLSafeTimedSerializer(current_app.secret_key, salt="wtf-csrf-token").loads(given)
    except BadData:
        return None
    first, people = session[_FIRST], session[_PEOPLE]
    found = (
        each
        for each in [*people, _VISITOR]
        if hmac.compare_digest(_token_of(first, people[0], each), str(raw))
    )
    return next(found, None)


def _token_of(first: str, owner: str, person: str) -> str:
    """Return the session's first token for the person for whom it was made, and for each other person one that follows
    from it: so parallel requests after a sign-in agree on it.
    """
    if person == owner:
        return first
    key = str(current_app.secret_key).encode()
    return hmac.new(key, f"form of {person}\n{first}".encode(), hashlib.sha256).hexdigest()


def _who() -> str:
    known = viewer()
    return str(known.user_id) if known else _VISITOR
