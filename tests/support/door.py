"""Accounts and cookies by the house's own actions, without a request: most tests are about what comes after."""

from functools import cache

from argon2 import PasswordHasher
from flask import Flask, Response

from gigflow.accounts.actions import register
from gigflow.accounts.devices import sign_in
from gigflow.core.clock import now
from gigflow.core.db import Db
from gigflow.settings.settings import Settings
from gigflow.web.auth import init_auth, start_device
from tests.support.client import USER_AGENT, Known


class Door:
    """Lets people in at one server."""

    def __init__(self, db: Db, settings: Settings) -> None:
        self._db = db
        self._app = Flask("door")
        init_auth(self._app, settings)

    def let_in(self, name: str, email: str, password: str) -> Known:
        """Make an account and sign a browser in. The password's hash is one that is quickly checked."""
        user = register(
            self._db,
            name=name,
            email=email,
            password_hash=quick_hash(password),
            intent=None,
            time_zone="",
            now=now(),
        )
        signed = sign_in(self._db, user, USER_AGENT, now())
        with self._app.test_request_context():
            start_device(signed)
            answer = self._app.process_response(Response())
        pairs = [text.partition(";")[0].split("=", 1) for text in answer.headers.getlist("Set-Cookie")]
        return Known(str(user.id), dict(pairs))


@cache
def quick_hash(password: str) -> str:
    """A hash of this password as the house keeps it, but for what it costs to check it."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)
