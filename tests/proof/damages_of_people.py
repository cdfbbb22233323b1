"""Damages of people, their rights and devices, of files and pictures, and of what every collection has."""

from bson import ObjectId

from tests.proof.damages import FUTURE, GONE, LONG_AGO, NOBODY, PAST, Damage

RATINGS = "6. Ratings equal a recount"
DEVICES = "10. Devices carry what their person is and may"
OWNERS = "10. Gigs say of their owner what is so"
SHUT_OUT = "13. Who is shut out is out, with all that is theirs"
RECORD = "13. Who was shut out, or left, was so by an act that the record has"
ADMINS = "13. Admins are so by an act that the record has"
DECISIONS = "13. Decisions about orders are in the record"
MODERATION = "13. Decisions about services are in the record"
ACTS = "13. Acts in the record are by somebody who had the right"
ADDRESS = "15. Each address is one that its account is found by"
ONE_ADDRESS = "15. Each address is of one account"
WHOLE = "9. Every file that was delivered is whole, byte for byte"
KEPT = "9. A file is kept by what has it, and by nothing else"
FILES_THERE = "9. Delivered files are there"
SHOWN = "9. A picture is kept by what shows it, and by nothing else"
PICTURES_THERE = "9. Pictures that are shown are there"
PICTURES_WHOLE = "9. Every picture that is kept is whole, byte for byte"
NO_BYTES = "9. No bytes are kept that nobody knows of"
DECLARED = "0. Documents are as their collection demands"
THERE = "0. What is pointed at is there"
NOT_YET = "0. Nothing happened in the future"
BACKWARDS = "0. Nothing was changed before it was made"

_BOB, _DAN, _ROOT = ({"email": f"{name}@example.test"} for name in ("bob", "dan", "root"))
_CAROL = {"email": "carol@bücher.example"}
_OLD_MAPS, _USED = {"title": "Maps of old towns"}, {"drop_at": None}

OF_PEOPLE = (
    Damage(RATINGS, "users", {"rating.client.count": 1}, {"$inc": {"rating.client.sum": 1}}),
    Damage(RATINGS, "users", _BOB, {"$inc": {"rating.freelancer.count": 1}}),
    Damage(DEVICES, "sessions", {"revoked_at": None}, {"$set": {"is_admin": True}}),
    Damage(DEVICES, "sessions", {"revoked_at": None}, {"$set": {"name": "Somebody"}}),
    Damage(DEVICES, "users", _BOB, {"$set": {"time_zone": "Europe/Prague"}}),
    Damage(OWNERS, "gigs", _OLD_MAPS, {"$set": {"owner_name": "Robert"}}),
    Damage(OWNERS, "gigs", _OLD_MAPS, {"$set": {"owner_availability": "unavailable"}}),
    Damage(OWNERS, "users", _BOB, {"$set": {"availability": "limited"}}),
    Damage(SHUT_OUT, "users", _BOB, {"$set": {"disabled_at": LONG_AGO}}),
    Damage(SHUT_OUT, "gigs", {"title": "Nobody will do this"}, {"$set": {"status": "open"}}),
    Damage(SHUT_OUT, "gigs", {"title": "Not for long"}, {"$set": {"status": "live"}}),
    Damage(SHUT_OUT, "sessions", {"name": "Dan"}, {"$set": {"revoked_at": None}}),
    Damage(SHUT_OUT, "users", _BOB, {"$set": {"deleted_at": LONG_AGO}}),
    Damage(RECORD, "users", _CAROL, {"$set": {"disabled_at": LONG_AGO}}),
    Damage(RECORD, "users", _DAN, {"$set": {"disabled_at": None}}),
    Damage(RECORD, "audit", {"event": "disabled"}, GONE, "user_id"),
    Damage(ADMINS, "users", _BOB, {"$set": {"is_admin": True}}),
    Damage(ADMINS, "users", _ROOT, {"$set": {"is_admin": False}}),
    Damage(ADMINS, "audit", {"event": "admin_given"}, GONE, "user_id"),
    Damage(DECISIONS, "audit", {"event": "order_decided"}, GONE, "subject.id"),
    Damage(DECISIONS, "audit", {"event": "order_decided"}, {"$set": {"subject.id": NOBODY}}, "subject.id"),
    Damage(MODERATION, "audit", {"event": "service_approved"}, GONE, "subject.id"),
    Damage(MODERATION, "gigs", _OLD_MAPS, {"$set": {"reviewed_version": 1}}),
    Damage(ACTS, "audit", {"event": "order_decided"}, {"$set": {"by": NOBODY}}),
    Damage(ADDRESS, "users", _BOB, {"$set": {"email": "Bob@example.test"}}),
    Damage(ADDRESS, "users", _CAROL, {"$set": {"email_typed": "other@bücher.example"}}),
    Damage(ONE_ADDRESS, "users", _BOB, {"$set": {"email": "carol@xn--bcher-kva.example"}}),
)
OF_FILES = (
    Damage(WHOLE, "file_files.chunks", {"n": 0}, {"$set": {"data": b"other bytes"}}, "files_id"),
    Damage(WHOLE, "file_files.chunks", {"n": 0}, GONE, "files_id"),
    Damage(WHOLE, "file_files.chunks", {"n": 1}, {"$set": {"n": 2}}, "files_id"),
    Damage(WHOLE, "file_files.files", {}, {"$inc": {"length": -1}}),
    Damage(WHOLE, "file_files.files", {}, GONE),
    Damage(WHOLE, "files", _USED, {"$set": {"sha256": "0" * 64}}),
    Damage(KEPT, "files", _USED, {"$set": {"drop_at": FUTURE}}),
    Damage(KEPT, "files", _USED, {"$set": {"subject": None}}),
    Damage(KEPT, "files", _USED, {"$set": {"subject.id": NOBODY}}),
    Damage(KEPT, "deliveries", {"file_ids.0": {"$exists": True}}, {"$set": {"file_ids": []}}, "file_ids.0"),
    Damage(FILES_THERE, "files", _USED, GONE),
    Damage(SHOWN, "pictures", _USED, {"$set": {"drop_at": FUTURE}}),
    Damage(SHOWN, "pictures", _USED, {"$set": {"owner_id": NOBODY}}),
    Damage(SHOWN, "gigs", _OLD_MAPS, {"$set": {"images": []}}, "images.0.id"),
    Damage(SHOWN, "users", _BOB, {"$set": {"picture_id": None}}, "picture_id"),
    Damage(PICTURES_THERE, "pictures", _USED, GONE),
    Damage(PICTURES_WHOLE, "picture_files.chunks", {"n": 0}, {"$set": {"data": b"other"}}, "files_id.:24"),
    Damage(PICTURES_WHOLE, "picture_files.files", {}, GONE, "_id.:24"),
    Damage(NO_BYTES, "pictures", {}, GONE),
    Damage(NO_BYTES, "file_files.chunks", {"n": 1}, [{"files_id": NOBODY}], "files_id"),
)
OF_ALL = (
    Damage(DECLARED, "payments", {}, {"$set": {"received_minor": -5}}),
    Damage(DECLARED, "bids", {}, {"$set": {"status": "maybe"}}),
    Damage(DECLARED, "reviews", {}, {"$set": {"rating": 6}}),
    Damage(DECLARED, "audit", {}, {"$unset": {"event": ""}}),
    Damage(THERE, "bids", {"status": "pending"}, {"$set": {"freelancer_id": NOBODY}}, "_id"),
    Damage(THERE, "users", _CAROL, GONE),
    Damage(THERE, "orders", {"status": "completed"}, GONE),
    Damage(THERE, "orders", {"status": "in_progress"}, {"$set": {"client_id": ObjectId()}}),
    Damage(THERE, "gigs", {"status": "assigned"}, GONE),
    Damage(THERE, "disputes", {}, GONE),
    Damage(THERE, "cancellations", {"status": "open"}, GONE),
    Damage(THERE, "reviews", {}, {"$set": {"subject_id": NOBODY}}),
    Damage(THERE, "questions", {}, {"$set": {"gig_id": NOBODY}}),
    Damage(THERE, "payments", {}, {"$set": {"order_id": NOBODY}}),
    Damage(THERE, "deliveries", {}, {"$set": {"order_id": NOBODY}}),
    Damage(THERE, "notifications", {"order_id": {"$ne": None}}, {"$set": {"order_id": NOBODY}}),
    Damage(NOT_YET, "users", _BOB, {"$set": {"created_at": FUTURE}}),
    Damage(NOT_YET, "gigs", {}, {"$set": {"created_at": FUTURE}}),
    Damage(NOT_YET, "gigs", {}, {"$set": {"updated_at": FUTURE}}),
    Damage(NOT_YET, "bids", {}, {"$set": {"created_at": FUTURE}}),
    Damage(NOT_YET, "payments", {}, {"$set": {"created_at": FUTURE}}),
    Damage(NOT_YET, "notifications", {}, {"$set": {"created_at": FUTURE}}),
    Damage(NOT_YET, "sessions", {"revoked_at": None}, {"$set": {"expires_at": FUTURE}}),
    Damage(NOT_YET, "questions", {"answered_at": {"$ne": None}}, {"$set": {"answered_at": FUTURE}}),
    Damage(NOT_YET, "audit", {}, {"$set": {"at": FUTURE}}),
    Damage(BACKWARDS, "gigs", {}, {"$set": {"updated_at": PAST}}),
    Damage(BACKWARDS, "payments", {}, {"$set": {"updated_at": PAST}}),
    Damage(BACKWARDS, "questions", {"answered_at": {"$ne": None}}, {"$set": {"answered_at": PAST}}),
)
DAMAGES = (*OF_PEOPLE, *OF_FILES, *OF_ALL)
