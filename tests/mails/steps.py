"""What tests of letters do again and again: one is asked for, and looked at where it waits."""

from bson import ObjectId

from tests.support.client import Client, Json
from tests.support.server import Server
from tests.support.waiting import wait_for


def forgot(server: Server, email: str) -> ObjectId:
    """Ask for a letter; the id under which it waits."""
    assert Client(server.url).post("/api/auth/forgot", {"email": email}).status_code == 202
    mail = server.db.mails.find_one({"kind": "password_reset"}, sort=[("_id", -1)])
    assert mail is not None
    return mail["_id"]


def once(server: Server, mail_id: ObjectId, **condition: object) -> Json:
    """A letter as it is stored, once the condition holds."""
    found = wait_for(lambda: server.db.mails.find_one({"_id": mail_id, **condition}), what=str(condition))
    assert found is not None
    return found
