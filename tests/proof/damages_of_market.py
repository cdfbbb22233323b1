"""Damages of jobs, bids, services, questions, and of what people were told of them."""

from bson import ObjectId

from tests.proof.damages import GONE, NOBODY, PAST, Damage

ONE_HIRED = "3. A given job has one hired bid and none pending"
COUNTED = "3. A job counts its bids"
BIDS = "3. A bid is of somebody else, once, and rejected by whom its job knows"
STANDS = "3. A job stands where its order stands"
SAME_TERMS = "5. An order has the sides and the terms of the bid that was hired"
CONFIRMED = "5. Nobody is hired on terms of a job that they have not confirmed"
JOBS_FOUND = "8. Open jobs are found by their words"
BIDDING = "11. What happens to a bid is told once"
RANK = "6. Services rank as they were reviewed"
ORDERS = "5. A service counts its orders"
OWNER = "5. Orders of a service are of its owner, and of somebody else's"
UNPAID = "4. One unpaid order per service and client"
OFFERS = "5. What a service offers can be bought"
QUESTIONS = "4. Questions are of somebody else, and answers have their time"
SERVICES_FOUND = "8. Live services are found by their words"
DICTIONARY = "8. The dictionary knows every word of what is listed"
FACTS = "11. What was told is one fact for one person, once"
INVITING = "3. An invitation is by the owner of its job, to somebody else"
WAITING = "3. An invitation waits only while it can be answered"
OFFER_OF_TWO = "12. An offer is between its client and its freelancer, and ends once"
ONE_LINE = "12. The offers of a negotiation are one line"
OFFERS_ORDER = "12. An accepted offer has one order, for its price"
OFFER_NEWS = "11. News of an offer are read once it is over"
AS_OFFERS = "12. A request stands as its offers stand"
AS_ORDER = "12. A request stands as its order stands, with the same words"
BUDGET = "12. Nobody agrees above the budget of a request"
ASKED = "12. Nobody is asked who is its client, its sender, or no longer here"
REQUEST_ROWS = "13. Each offer for a request, and each sending back, has its row in the record"
MATCH_TOLD = "11. The client of a request is told once that it is matched"
INVITED_TOLD = "11. An invitation is told once, and so is that it was declined"
ELSE_TOLD = "11. People who got money back, or an answer, were told"

_DECLINED = {"declined_at": {"$ne": None}}
_HIRED, _OPEN = {"status": "hired"}, {"kind": "job", "status": "open"}
_BOUGHT = {"source.type": "service"}
_ATLAS, _OLD_MAPS = {"title": "An atlas of Łódź"}, {"title": "Maps of old towns"}
_SERVICE = {"kind": "service"}
_WAITS = {"waits_for": {"$ne": None}}
_ANSWERED = {"waits_for": None, "status": "invited"}

DAMAGES = (
    Damage(ONE_HIRED, "bids", _HIRED, {"$set": {"status": "withdrawn"}}, "gig_id"),
    Damage(ONE_HIRED, "bids", _HIRED, {"$set": {"status": "pending"}}, "gig_id"),
    Damage(ONE_HIRED, "bids", {"status": "rejected"}, {"$set": {"status": "pending"}}, "gig_id"),
    Damage(COUNTED, "gigs", _ATLAS, {"$inc": {"bid_count": 1}}),
    Damage(COUNTED, "bids", {"status": "pending"}, GONE, "gig_id"),
    Damage(BIDS, "bids", {"status": "rejected"}, {"$set": {"rejected_by": NOBODY}}),
    Damage(BIDS, "bids", {"status": "rejected"}, {"$set": {"rejected_by": None}}),
    Damage(BIDS, "bids", {"status": "pending"}, {"$set": {"created_at": PAST}}),
    Damage(BIDS, "bids", _DECLINED, {"$set": {"declined_at": None}}),
    Damage(BIDS, "bids", _DECLINED, {"$pop": {"decisions": 1}}),
    Damage(BIDS, "bids", {"status": "pending"}, {"$set": {"declined_at": PAST}}),
    Damage(COUNTED, "bids", _DECLINED, {"$set": {"declined_at": None}}, "gig_id"),
    Damage(BIDS, "bids", {"status": "pending"}, {"$set": {"price_minor": "many"}}, "gig_id"),
    Damage(BIDS, "gigs", _ATLAS, {"$set": {"owner_id": NOBODY, "created_at": NOBODY}}),
    Damage(STANDS, "gigs", {"kind": "job", "status": "completed"}, {"$set": {"status": "assigned"}}),
    Damage(STANDS, "gigs", {"kind": "job", "status": "assigned"}, {"$set": {"order_id": None}}),
    Damage(STANDS, "gigs", {"kind": "job", "status": "assigned"}, {"$set": {"hired_bid_id": NOBODY}}),
    Damage(STANDS, "gigs", _OPEN, {"$set": {"hired_bid_id": NOBODY}}),
    Damage(STANDS, "gigs", _OPEN, {"$set": {"status": "assigned"}}),
    Damage(SAME_TERMS, "bids", _HIRED, {"$inc": {"price_minor": 100}}),
    Damage(SAME_TERMS, "bids", _HIRED, {"$set": {"message": "I never said that."}}),
    Damage(SAME_TERMS, "bids", _HIRED, {"$set": {"delivery_days": 300}}),
    Damage(SAME_TERMS, "bids", _HIRED, {"$set": {"freelancer_id": NOBODY}}),
    Damage(SAME_TERMS, "gigs", {"kind": "job", "status": "assigned"}, {"$set": {"owner_id": NOBODY}}),
    Damage(SAME_TERMS, "bids", _HIRED, {"$set": {"revisions": 19}}),
    Damage(CONFIRMED, "bids", _HIRED, {"$inc": {"for_terms": 1}}),
    Damage(CONFIRMED, "bids", _HIRED, {"$inc": {"for_terms": -1}}),
    Damage(
        CONFIRMED,
        "bids",
        {"status": "pending", "change_told": {"$ne": None}},
        {"$set": {"change_told": None}},
    ),
    Damage(CONFIRMED, "notifications", {"type": "job_changed"}, GONE, "gig_id"),
    Damage(JOBS_FOUND, "gigs", _ATLAS, {"$set": {"words": []}}),
    Damage(JOBS_FOUND, "gigs", _ATLAS, {"$unset": {"title_words": ""}}),
    Damage(JOBS_FOUND, "gigs", _ATLAS, {"$set": {"title": "A globe"}}),
    Damage(JOBS_FOUND, "gigs", _ATLAS, {"$set": {"skills": ["Copper"]}}),
    Damage(BIDDING, "notifications", {"type": "bid_rejected"}, GONE, "fact"),
    Damage(BIDDING, "notifications", {"type": "bid_placed"}, GONE, "fact"),
    Damage(BIDDING, "notifications", {"type": "bid_declined"}, GONE, "fact"),
    Damage(BIDDING, "notifications", {"type": "bid_reconsidered"}, GONE, "fact"),
    Damage(BIDDING, "notifications", {"type": "bid_withdrawn"}, GONE, "fact"),
    Damage(BIDDING, "notifications", {"type": "job_closed"}, GONE, "fact"),
    Damage(
        BIDDING,
        "notifications",
        {"type": "bid_rejected"},
        [{"fact": f"bid_rejected:{NOBODY}:{NOBODY}", "user_id": NOBODY}],
        "fact",
    ),
    Damage(INVITING, "invitations", _WAITS, {"$set": {"owner_id": NOBODY}}),
    Damage(INVITING, "invitations", _WAITS, [{"$set": {"freelancer_id": "$owner_id"}}]),
    Damage(INVITING, "invitations", _WAITS, {"$set": {"gig_id": NOBODY}}),
    Damage(INVITING, "invitations", _WAITS, {"$set": {"created_at": PAST}}),
    Damage(INVITING, "invitations", {"status": "declined"}, {"$set": {"declined_at": None}}),
    Damage(WAITING, "invitations", _WAITS, {"$set": {"waits_for": NOBODY}}),
    Damage(WAITING, "invitations", _WAITS, {"$set": {"hidden": True}}),
    Damage(WAITING, "invitations", {"status": "declined"}, [{"$set": {"waits_for": "$freelancer_id"}}]),
    Damage(WAITING, "invitations", _ANSWERED, [{"$set": {"waits_for": "$freelancer_id"}}]),
    Damage(INVITED_TOLD, "notifications", {"type": "invited"}, GONE, "user_id"),
    Damage(INVITED_TOLD, "notifications", {"type": "invitation_declined"}, GONE, "user_id"),
    Damage(INVITED_TOLD, "invitations", _WAITS, {"$set": {"hidden": True}}),
    Damage(OFFER_OF_TWO, "offers", {"status": "sent"}, {"$set": {"client_id": NOBODY}}),
    Damage(OFFER_OF_TWO, "offers", {"status": "declined"}, {"$set": {"ended_at": None}}),
    Damage(ONE_LINE, "offers", {"round": 1, "status": "sent"}, {"$set": {"answers": NOBODY}}),
    Damage(ONE_LINE, "offers", {"round": 2}, {"$set": {"answers": NOBODY}}),
    Damage(ONE_LINE, "offers", {"status": "countered"}, {"$set": {"status": "declined"}}),
    Damage(OFFERS_ORDER, "offers", {"status": "declined"}, {"$set": {"order_id": NOBODY}}),
    Damage(OFFERS_ORDER, "offers", {"status": "accepted"}, {"$set": {"order_id": NOBODY}}),
    Damage(OFFERS_ORDER, "offers", {"status": "accepted"}, {"$inc": {"price_minor": 1}}),
    Damage(OFFERS_ORDER, "offers", {"status": "accepted"}, {"$set": {"status": "called_off"}}),
    Damage(OFFERS_ORDER, "offers", {"status": "called_off"}, {"$set": {"status": "accepted"}}),
    Damage(
        OFFER_NEWS,
        "notifications",
        {"type": "offer_received", "read_at": {"$ne": None}},
        {"$set": {"read_at": None}},
        "user_id",
    ),
    Damage(OFFER_NEWS, "offers", {"status": "declined"}, [{"$set": {"remind_at": "$expires_at"}}]),
    Damage(AS_OFFERS, "requests", {"status": "assigned"}, {"$inc": {"open_offers": 1}}),
    Damage(AS_OFFERS, "requests", {"status": "assigned"}, {"$set": {"status": "pending"}}),
    Damage(AS_OFFERS, "requests", {"status": "matched"}, {"$set": {"offer_id": None}}),
    Damage(
        AS_OFFERS,
        "offers",
        {"kind": "request", "status": "accepted"},
        {"$set": {"status": "expired"}},
        "request_id",
    ),
    Damage(AS_ORDER, "requests", {"status": "matched"}, {"$set": {"status": "completed"}}),
    Damage(AS_ORDER, "requests", {"status": "matched"}, {"$set": {"description": "Something else."}}),
    Damage(AS_ORDER, "requests", {"status": "matched"}, {"$set": {"order_id": NOBODY}}),
    Damage(BUDGET, "offers", {"kind": "request", "status": "sent"}, {"$inc": {"price_minor": 1}}),
    Damage(BUDGET, "requests", {"status": "matched"}, {"$set": {"budget_minor": 1}}),
    Damage(ASKED, "offers", {"kind": "request", "status": "withdrawn"}, [{"$set": {"to_id": "$sender_id"}}]),
    Damage(REQUEST_ROWS, "audit", {"event": "offer_sent", "subject.kind": "offer"}, GONE, "subject.id"),
    Damage(REQUEST_ROWS, "audit", {"event": "offer_sent", "subject.kind": "request"}, GONE, "subject.id"),
    Damage(REQUEST_ROWS, "audit", {"event": "request_rejected"}, GONE, "subject.id"),
    Damage(MATCH_TOLD, "notifications", {"type": "request_matched", "gig_title": "A seal"}, GONE, "user_id"),
    Damage(RANK, "gigs", _SERVICE, {"$inc": {"rank": 0.5}}),
    Damage(RANK, "gigs", _SERVICE, {"$inc": {"rating.count": 1}}),
    Damage(RANK, "gigs", _SERVICE, {"$set": {"stars": 5.0}}),
    Damage(ORDERS, "gigs", _SERVICE, {"$inc": {"order_count": 1}}),
    Damage(OWNER, "orders", _BOUGHT, {"$set": {"freelancer_id": NOBODY}}),
    Damage(OWNER, "orders", _BOUGHT, [{"$set": {"client_id": "$freelancer_id"}}]),
    Damage(OWNER, "orders", _BOUGHT, {"$set": {"source.id": NOBODY}}),
    Damage(
        UNPAID,
        "orders",
        {**_BOUGHT, "status": "pending_payment"},
        [{"source": {"type": "service", "id": NOBODY}}],
        "client_id",
    ),
    Damage(OFFERS, "gigs", _OLD_MAPS, {"$set": {"reviewed_version": 99}}),
    Damage(OFFERS, "gigs", _OLD_MAPS, {"$set": {"delivery_days": 0}}),
    Damage(QUESTIONS, "questions", {"answer": {"$ne": ""}}, {"$set": {"answered_at": None}}),
    Damage(QUESTIONS, "questions", {"answer": {"$ne": ""}}, {"$set": {"answer": ""}}),
    Damage(SERVICES_FOUND, "gigs", _OLD_MAPS, {"$set": {"words": ["nothing"]}}),
    Damage(DICTIONARY, "words", {"_id": "atlas"}, GONE),
    Damage(FACTS, "notifications", {"type": "hired"}, {"$set": {"fact": "something else"}}),
    Damage(FACTS, "notifications", {"type": "order_paid"}, {"$set": {"user_id": NOBODY}}),
    Damage(FACTS, "notifications", {"type": "order_paid"}, {"$set": {"type": "gift"}}),
    Damage(
        ELSE_TOLD,
        "notifications",
        {"type": "payment_returned"},
        {"$set": {"fact": f"a:{ObjectId()}"}},
        "user_id",
    ),
    Damage(ELSE_TOLD, "notifications", {"type": "payout_failed"}, GONE, "user_id"),
    Damage(ELSE_TOLD, "notifications", {"type": "question_answered"}, GONE, "user_id"),
)
