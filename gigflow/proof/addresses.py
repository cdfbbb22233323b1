"""What `flask gigflow audit` proves of people's e-mail addresses."""

from collections import defaultdict

from bson import ObjectId

from gigflow.accounts.store import USERS
from gigflow.core.addresses import forms_of, normal_form
from gigflow.proof.snapshot import Check, Problems, Snapshot

# What is ASCII and has no label in another script is kept as it is: no two of those are the same.
_OF_ANOTHER_SCRIPT = {"email": {"$regex": r"xn--|[^\x00-\x7f]"}}


def _each_address_is_of_one_account(at: Snapshot) -> Problems:
    kept: defaultdict[str, list[ObjectId]] = defaultdict(list)
    for user in at.rows(USERS, _OF_ANOTHER_SCRIPT):
        kept[normal_form(user["email"])].append(user["_id"])
    for ids in kept.values():
        if len(ids) > 1:
            accounts = " and ".join(map(str, sorted(ids)))
            yield f"the accounts {accounts} have one address in two spellings: ask their people to change one"


def _each_address_is_found(at: Snapshot) -> Problems:
    """An account that is looked for by its address is found only under a form of it."""
    for user in at.rows(USERS, {"deleted_at": None}, fields=("email", "email_typed")):
        name = f"the account {user['_id']}"
        if user["email"] not in forms_of(user["email"]):
            yield f"{name} has the address {user['email']}, by which nobody signs in"
        typed = user.get("email_typed")
        if typed and normal_form(typed) != user["email"]:
            yield f"{name} has the address {user['email']}, and letters go to another"


CHECKS_OF_ADDRESSES: tuple[Check, ...] = (
    ("15. Each address is one that its account is found by", _each_address_is_found),
    ("15. Each address is of one account", _each_address_is_of_one_account),
)
