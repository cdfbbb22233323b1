"""Damages of people, their rights and devices, of files and pictures, and of what every collection has."""

from tests.proof.damages import FUTURE, GONE, LONG_AGO, NOBODY, PAST, Damage, shifted

CLIENTS = "3. What is counted of a client's jobs equals a recount"
RATINGS = "6. Ratings equal a recount"
PLACES = "6. Places in the directory are what people are, and ratings count each client once"
WORKED = "6. What is counted of a freelancer's work equals a recount"
OF_WORKERS = "0. What is counted of somebody's work has its user"
FOUND = "8. The directory's dictionary knows every word"
DEVICES = "10. Devices carry what their person is and may"
OWNERS = "10. What gigs say of their owner is so"
SHUT_OUT = "13. People who are shut out are out, with all that is theirs"
WAITS = "13. An order with a side that is shut out waits for an admin"
GUARDED = "13. Guards say what their account says"
RECORD = "13. People who were shut out, or left, were so by an act that the record has"
ADMINS = "13. Admins are so by an act that the record has"
DECISIONS = "13. Decisions about orders are in the record"
MODERATION = "13. Decisions about services are in the record"
ACTS = "13. Acts in the record are by somebody who had the right"
ADDRESS = "15. Each address is one that its account is found by"
ONE_ADDRESS = "15. Each address is of one account"
WHOLE = "9. Every file that was delivered is whole, byte for byte"
KEPT = "9. A file is kept by what has it, and by nothing else"
FILES_THERE = "0. What is delivered or stored has its file"
SHOWN = "9. A picture is kept by what shows it, and by nothing else"
PICTURES_THERE = "0. Pictures that are shown are there"
PICTURES_WHOLE = "9. Every picture that is kept is whole, byte for byte"
NO_BYTES = "9. No bytes are kept that nobody knows of"
SOUND = "0. Documents are as their collection demands, and of the past"
THERE = "0. Whatever documents point at is there"
OF_ORDERS = "0. What belongs to an order has one"
OF_PAYMENTS = "0. Calls to the provider have their payment"
OF_PAYOUTS = "0. Calls and bookings of payouts have their payout"
OF_JOBS = "0. Bids, orders and news of jobs have their job"
OF_SOMEBODY = "0. What belongs to somebody has its user"
DOUBLES = "0. The indexes that forbid doubles are there"

_BOB, _DAN, _ROOT = ({"email": f"{name}@example.test"} for name in ("bob", "dan", "root"))
_CAROL = {"email": "carol@bücher.example"}
_OLD_MAPS, _USED = {"title": "Maps of old towns"}, {"drop_at": None}

OF_PEOPLE = (
    Damage(RATINGS, "users", {"rating.client.count": 1}, {"$inc": {"rating.client.sum": 1}}),
    Damage(RATINGS, "users", _BOB, {"$inc": {"rating.freelancer.count": 1}}),
    Damage(PLACES, "users", _BOB, {"$inc": {"rank": 0.1}}),
    Damage(PLACES, "users", _BOB, {"$inc": {"rated_by": 1}}),
    Damage(PLACES, "users", _BOB, {"$set": {"find_words": ["map"]}}),
    Damage(PLACES, "users", _BOB, {"$unset": {"for_hire": ""}}),
    Damage(PLACES, "users", _BOB, {"$set": {"listed": False}}),
    Damage(PLACES, "users", _BOB, {"$set": {"availability": "limited"}}),
    Damage(PLACES, "users", _CAROL, {"$set": {"for_hire": True}}),
    Damage(PLACES, "gigs", _OLD_MAPS, {"$inc": {"price_minor": -100}}, "owner_id"),
    Damage(
        PLACES,
        "reviews",
        {"side": "client", "revealed_at": {"$ne": None}},
        {"$inc": {"rating": -1}},
        "subject_id",
    ),
    Damage(WORKED, "work", {}, {"$inc": {"clients": 1}}, "user_id"),
    Damage(WORKED, "work", {}, {"$inc": {"completed": 1}}, "user_id"),
    Damage(WORKED, "work", {}, GONE, "user_id"),
    Damage(WORKED, "worked", {}, {"$inc": {"orders": 1}}, "user_id"),
    Damage(WORKED, "worked", {}, GONE, "user_id"),
    Damage(WORKED, "orders", {"status": "completed"}, {"$set": {"category": "data"}}, "freelancer_id"),
    Damage(OF_WORKERS, "work", {}, {"$set": {"user_id": NOBODY}}),
    Damage(FOUND, "people_words", {"_id": "mapmaker"}, GONE),
    Damage(CLIENTS, "client_counts", {"paid": {"$gt": 0}}, {"$inc": {"paid": -1}}),
    Damage(CLIENTS, "client_counts", {}, {"$inc": {"posted": 1}}),
    Damage(CLIENTS, "client_counts", {}, {"$set": {"since": LONG_AGO}}),
    Damage(CLIENTS, "client_counts", {}, GONE),
    Damage(DEVICES, "sessions", {"revoked_at": None}, {"$set": {"is_admin": True}}),
    Damage(DEVICES, "sessions", {"revoked_at": None}, {"$set": {"name": "Somebody"}}),
    Damage(DEVICES, "users", _CAROL, {"$set": {"unconfirmed": True}}),
    Damage(DEVICES, "users", _BOB, {"$set": {"time_zone": "Europe/Prague"}}),
    Damage(OWNERS, "gigs", _OLD_MAPS, {"$set": {"owner_name": "Robert"}}),
    Damage(OWNERS, "gigs", _OLD_MAPS, {"$set": {"owner_availability": "unavailable"}}),
    Damage(OWNERS, "users", _BOB, {"$set": {"availability": "limited"}}),
    Damage(SHUT_OUT, "users", _BOB, {"$set": {"disabled_at": LONG_AGO}}),
    Damage(SHUT_OUT, "gigs", {"title": "Nobody will do this"}, {"$set": {"status": "open"}}),
    Damage(SHUT_OUT, "gigs", {"title": "Not for long"}, {"$set": {"status": "live"}}),
    Damage(SHUT_OUT, "sessions", {"name": "Dan"}, {"$set": {"revoked_at": None}}),
    Damage(SHUT_OUT, "users", _BOB, {"$set": {"deleted_at": LONG_AGO}}),
    Damage(SHUT_OUT, "users", _CAROL, {"$set": {"leaving_at": LONG_AGO}}),
    Damage(GUARDED, "guards", {"is_open": False}, {"$set": {"is_open": True}}, "user_id"),
    Damage(GUARDED, "guards", {"is_open": True}, {"$set": {"name": "Somebody"}}, "user_id"),
    Damage(GUARDED, "guards", {"is_open": True}, {"$set": {"availability": "limited"}}, "user_id"),
    Damage(WAITS, "users", _BOB, {"$set": {"disabled_at": LONG_AGO}}),
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
    Damage(MODERATION, "gigs", {"title": "Treasure maps"}, {"$set": {"is_taken_down": True}}),
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
    Damage(
        KEPT,
        "disputes",
        {"statements.client": {"$exists": True}},
        {"$set": {"statements.client.file_ids": []}},
        "statements.client.file_ids.0",
    ),
    Damage(KEPT, "deliveries", {"file_ids.0": {"$exists": True}}, {"$set": {"file_ids": []}}, "file_ids.0"),
    Damage(FILES_THERE, "files", _USED, GONE),
    Damage(FILES_THERE, "deliveries", {"file_ids.0": {"$exists": True}}, {"$set": {"file_ids": [NOBODY]}}),
    Damage(FILES_THERE, "gigs", {"kind": "job"}, {"$set": {"file_ids": [NOBODY]}}),
    Damage(FILES_THERE, "bids", {}, {"$set": {"file_ids": [NOBODY]}}),
    Damage(FILES_THERE, "orders", {}, {"$set": {"terms.file_ids": [NOBODY]}}),
    Damage(FILES_THERE, "orders", {"source.type": "service"}, {"$set": {"terms.brief.file_ids": [NOBODY]}}),
    Damage(SHOWN, "pictures", _USED, {"$set": {"drop_at": FUTURE}}),
    Damage(SHOWN, "pictures", _USED, {"$set": {"owner_id": NOBODY}}),
    Damage(SHOWN, "gigs", _OLD_MAPS, {"$set": {"images": []}}, "images.0.id"),
    Damage(SHOWN, "users", _BOB, {"$set": {"picture_id": None}}, "picture_id"),
    Damage(PICTURES_THERE, "pictures", _USED, GONE),
    Damage(PICTURES_WHOLE, "picture_files.chunks", {"n": 0}, {"$set": {"data": b"other"}}, "files_id.:24"),
    Damage(PICTURES_WHOLE, "picture_files.files", {}, GONE, "_id.:24"),
    Damage(NO_BYTES, "pictures", {}, GONE),
    Damage(FILES_THERE, "file_files.chunks", {"n": 1}, [{"files_id": NOBODY}], "files_id"),
)
OF_ALL = (
    Damage(SOUND, "payments", {}, {"$set": {"received_minor": -5}}),
    Damage(SOUND, "bids", {}, {"$set": {"status": "maybe"}}),
    Damage(SOUND, "reviews", {}, {"$set": {"rating": 6}}),
    Damage(SOUND, "audit", {}, {"$unset": {"event": ""}}),
    Damage(THERE, "bids", {"status": "pending"}, {"$set": {"freelancer_id": NOBODY}}),
    Damage(THERE, "users", _CAROL, GONE),
    Damage(THERE, "orders", {"status": "in_progress"}, {"$set": {"client_id": NOBODY}}),
    Damage(THERE, "orders", {"status": "in_progress"}, {"$set": {"freelancer_id": NOBODY}}),
    Damage(THERE, "questions", {}, {"$set": {"gig_id": NOBODY}}),
    Damage(THERE, "reports", {}, {"$set": {"by": NOBODY}}),
    Damage(THERE, "reports", {}, {"$set": {"copy.whose": NOBODY}}),
    Damage(THERE, "files", {"held_by": {"$type": "objectId"}}, {"$push": {"held_by": NOBODY}}),
    Damage(THERE, "gigs", {"status": "assigned"}, GONE),
    Damage(THERE, "notifications", {}, {"$set": {"user_id": NOBODY}}),
    Damage(OF_ORDERS, "orders", {"status": "completed"}, GONE),
    Damage(OF_ORDERS, "payments", {}, {"$set": {"order_id": NOBODY}}),
    Damage(OF_ORDERS, "deliveries", {}, {"$set": {"order_id": NOBODY}}),
    Damage(OF_ORDERS, "cancellations", {}, {"$set": {"order_id": NOBODY}}),
    Damage(OF_ORDERS, "disputes", {}, {"$set": {"order_id": NOBODY}}),
    Damage(OF_ORDERS, "reviews", {}, {"$set": {"order_id": NOBODY}}),
    Damage(OF_ORDERS, "ledger", {"order_id": {"$ne": None}}, {"$set": {"order_id": NOBODY}}),
    Damage(OF_ORDERS, "notifications", {"order_id": {"$ne": None}}, {"$set": {"order_id": NOBODY}}),
    Damage(OF_PAYMENTS, "payments", {"status": "paid"}, GONE),
    Damage(OF_PAYMENTS, "gateway_calls", {"kind": "refund"}, {"$set": {"subject_id": NOBODY}}),
    Damage(OF_PAYOUTS, "payouts", {}, GONE),
    Damage(OF_JOBS, "gigs", {"status": "assigned"}, GONE),
    Damage(OF_JOBS, "bids", {"status": "pending"}, {"$set": {"gig_id": NOBODY}}),
    Damage(OF_SOMEBODY, "users", _BOB, GONE),
    Damage(OF_SOMEBODY, "sessions", {"revoked_at": None}, {"$set": {"user_id": NOBODY}}),
    Damage(OF_SOMEBODY, "gigs", {}, {"$set": {"owner_id": NOBODY}}, "_id"),
    Damage(OF_SOMEBODY, "balances", {}, [{"_id": NOBODY}]),
    Damage(SOUND, "users", _BOB, {"$set": {"created_at": FUTURE}}),
    Damage(SOUND, "gigs", {}, {"$set": {"created_at": FUTURE}}),
    Damage(SOUND, "gigs", {}, {"$set": {"updated_at": FUTURE}}),
    Damage(SOUND, "bids", {}, {"$set": {"created_at": FUTURE}}),
    Damage(SOUND, "payments", {}, {"$set": {"created_at": FUTURE}}),
    Damage(SOUND, "notifications", {}, {"$set": {"created_at": FUTURE}}),
    Damage(SOUND, "sessions", {"revoked_at": None}, {"$set": {"expires_at": FUTURE}}),
    Damage(SOUND, "questions", {"answered_at": {"$ne": None}}, {"$set": {"answered_at": FUTURE}}),
    Damage(SOUND, "audit", {}, {"$set": {"at": FUTURE}}),
    Damage(SOUND, "mails", {}, {"$set": {"claimed_until": FUTURE}}),
    Damage(SOUND, "files", {}, {"$set": {"drop_at": FUTURE}}),
    Damage(SOUND, "reports", {}, {"$set": {"created_at": FUTURE}}),
    Damage(SOUND, "sessions", {}, shifted("expires_at", days=2)),
    Damage(SOUND, "gigs", {}, {"$set": {"updated_at": PAST}}),
    Damage(SOUND, "payments", {}, {"$set": {"updated_at": PAST}}),
    Damage(SOUND, "questions", {"answered_at": {"$ne": None}}, {"$set": {"answered_at": PAST}}),
)
DAMAGES = (*OF_PEOPLE, *OF_FILES, *OF_ALL)
