"""What `audit` proves of the record (docs/domain.md, invariant 13): each act of an admin has its row, and each row its
act.
"""

from gigflow.accounts.store import USERS
from gigflow.gigs.store import GIGS
from gigflow.orders.deciding import DECIDED
from gigflow.proof.snapshot import Check, Problems, Snapshot
from gigflow.proof.whole import WholeOrder
from gigflow.record.store import AUDIT

_ABOUT_SERVICES = ("service_approved", "service_rejected", "service_taken_down")


def _decisions_are_in_the_record(whole: WholeOrder) -> Problems:
    acts = [act["at"] for act in whole.acts if act["event"] == DECIDED]
    told = [event["at"] for event in whole.order["events"] if event["name"] in ("decide", "decide_nothing")]
    # Orders older than the record of decisions have no digest either.
    if told != acts and (acts or whole.order.get("digest")):
        yield f"{whole.name} was decided {len(told)} times by admins, and the record has it {len(acts)} times"


def _decisions_about_services_are_in_the_record(at: Snapshot) -> Problems:
    decided = {"kind": "service", "reviewed_version": {"$ne": None}}
    acts = at.groups(AUDIT, "subject.id", {"event": {"$in": list(_ABOUT_SERVICES)}})
    fields = ("reviewed_version", "is_taken_down", "owner_id", "status")
    for service, found in at.joined(at.rows(GIGS, decided, fields=fields), {"acts": acts}):
        name = f"the service {service['_id']}"
        if any(act.get("by") == service["owner_id"] for act in found["acts"]):
            yield f"{name} was decided about by its own owner"
        if service.get("is_taken_down") and service["status"] not in ("rejected", "archived"):
            yield f"{name} was taken down, and is {service['status']}"
        versions = {act["before"].get("version") for act in found["acts"]}
        # Services older than the record of decisions do not say whether they were taken down.
        if service["reviewed_version"] not in versions and "is_taken_down" in service:
            yield f"{name} was decided about in its version {service['reviewed_version']}, not so in the record"


def _acts_are_by_admins(at: Snapshot) -> Problems:
    """Somebody who decided had the right at some time, or was the operator at the machine."""
    given = {row["user_id"] for row in at.rows(AUDIT, {"event": "admin_given"}, fields=("user_id",))}
    given |= {row["_id"] for row in at.rows(USERS, {"is_admin": True}, fields=("_id",))}
    for row in at.rows(AUDIT, {"event": {"$in": [DECIDED, *_ABOUT_SERVICES]}}):
        if row["by"] not in given and not (row["by"] is None and row["via"]):
            yield f"the act {row['_id']} ({row['event']}) is by {row['by']}, who never had the right"


CHECKS_OF_ORDERS: tuple[Check, ...] = (
    ("13. Decisions about orders are in the record", _decisions_are_in_the_record),
)
CHECKS: tuple[Check, ...] = (
    ("13. Decisions about services are in the record", _decisions_about_services_are_in_the_record),
    ("13. Acts in the record are by somebody who had the right", _acts_are_by_admins),
)
