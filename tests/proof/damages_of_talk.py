"""Damages of conversations."""

from bson import ObjectId

from tests.proof.damages import GONE, NOBODY, PAST, Damage

OF_TWO = "8. A conversation is of two people about one thing, and so is every entry"
NUMBERS = "8. Entries are numbered without a gap, and none is earlier than the one before it"
UNREAD = "8. What is unread equals a recount"
MARKS = "8. What was read, seen or delivered lies within the conversation"
LAST = "8. The last message of a conversation is its last"
NOTICES = "8. Notices of messages are of what is unread, one each"
STRAYS = "0. Entries have their conversation"

_LONG = {"last_seq": {"$gte": 4}}
_TOLD = {"type": "message_received", "read_at": None}

DAMAGES = (
    Damage(OF_TWO, "conversations", _LONG, {"$set": {"about": "person"}}),
    Damage(OF_TWO, "messages", {"seq": 2}, {"$set": {"to_id": NOBODY}}),
    Damage(NUMBERS, "conversations", _LONG, {"$inc": {"last_seq": 1}}),
    Damage(NUMBERS, "messages", {"seq": 2}, GONE, "conversation_id"),
    Damage(NUMBERS, "messages", {"seq": 3}, {"$set": {"seq": 9_000}}, "conversation_id"),
    Damage(NUMBERS, "messages", {"seq": 3}, {"$set": {"created_at": PAST}}),
    Damage(UNREAD, "conversations", {"unread_for.0": {"$exists": True}}, {"$set": {"unread_for": []}}),
    Damage(UNREAD, "conversations", _LONG, [{"$set": {"unread": {"$arrayToObject": {"$map": {
        "input": {"$objectToArray": "$unread"}, "in": {"k": "$$this.k", "v": {"$add": ["$$this.v", 1]}}}}}}}]),
    Damage(UNREAD, "messages", {"client_id": "unread"}, {"$set": {"hidden": True}}, "conversation_id"),
    Damage(MARKS, "conversations", _LONG, [{"$set": {"seen": {"$arrayToObject": {"$map": {
        "input": {"$objectToArray": "$seen"}, "in": {"k": "$$this.k", "v": 9_000}}}}}}]),
    Damage(LAST, "conversations", _LONG, {"$set": {"last.message_id": ObjectId()}}),
    Damage(NOTICES, "notifications", _TOLD, {"$set": {"url": f"/messages/{NOBODY}"}}),
    Damage(NOTICES, "notifications", _TOLD, [{"fact": "message_received:again"}]),
    Damage(STRAYS, "conversations", _LONG, GONE),
)  # fmt: skip
