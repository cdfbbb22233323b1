"""Damages of orders, their timelines, deliveries, disputes and reviews."""

from bson import ObjectId

from tests.proof.damages import FUTURE, GONE, NOBODY, PAST, Damage, event, shifted

READ = "0. Orders and what belongs to them can be read"
LIVE = "4. An order is live until it ends"
TERMS = "5. Terms stand as they were agreed"
BRIEF = "5. A brief answers what was asked"
TABLE = "9. Every change of an order is in the table"
ACTORS = "9. Everybody who changed an order was allowed to"
FORWARD = "9. Timelines go forward, and begin and end with their order"
DATES = "9. The dates of an order are those that its timeline makes"
HOURS = "9. Nothing was done by time before its hour"
REVISIONS = "9. Revisions are counted, and no more than agreed"
REQUESTS = "9. Cancellation requests are those of the timeline, answered by the other side"
OPEN = "9. An open cancellation request is the order's own"
DELIVERED = "9. What was delivered is there"
WAY_OUT = "9. Money that is held has a way out"
DISPUTES = "9. Disputes are those of the timeline"
ENDINGS = "9. A dispute ends as its order does"
NUMBERS = "9. Numbers in a dispute are of what is held, in their round"
SAID = "9. Statements in a dispute are those of the timeline"
MEET = "9. Numbers that meet settle a dispute, in the middle"
SIDES = "6. Reviews are by one side of a completed order, one each"
COPIES = "6. What a review says of its order is so"
KNOWN = "6. Orders know who has reviewed them, each for their own side"
TOGETHER = "6. If both sides wrote, both reviews are seen"
HIDDEN = "6. A hidden review is revealed when its time has come"
HIRED = "11. Freelancers were told of their hire"
TOLD = "11. Both sides were told what became of their order"
REVIEW_TOLD = "11. People who were reviewed or answered were told"
OVER = "11. No news of an order is unread that is over"

_NOT_ASKED = {"question_id": "gone", "question": "Why?", "kind": "text", "text": "So.", "file_id": None}
_RUNNING, _DONE, _HELD = {"status": "in_progress"}, {"status": "completed"}, {"status": "delivered"}
_OPEN = {"status": "open", "offers.client": {"$exists": True}, "offers.freelancer": {"$exists": True}}
_ALONE = {"revealed_at": None}

OF_ORDERS = (
    Damage(READ, "orders", _RUNNING, {"$unset": {"source": ""}}),
    Damage(READ, "orders", _RUNNING, {"$set": {"price_minor": "12"}}),
    Damage(READ, "deliveries", {}, {"$unset": {"message": ""}}, "order_id"),
    Damage(LIVE, "orders", _DONE, {"$set": {"live": True}}),
    Damage(LIVE, "orders", _RUNNING, {"$set": {"live": False}}),
    Damage(TERMS, "orders", _RUNNING, {"$inc": {"terms.price_minor": 1}}),
    Damage(BRIEF, "orders", {"source.type": "service"}, {"$set": {"terms.brief.answers": [_NOT_ASKED]}}),
    Damage(TERMS, "orders", _RUNNING, {"$set": {"fee_minor": 0}}),
    Damage(TERMS, "orders", _RUNNING, {"$set": {"fee_minor": 0, "fee_basis_points": 0}}),
    Damage(TERMS, "orders", _RUNNING, {"$set": {"terms.text": "Ten pages in all languages."}}),
    Damage(TERMS, "orders", _RUNNING, {"$set": {"terms.revisions": 20}}),
    Damage(TERMS, "orders", _RUNNING, {"$set": {"terms.delivery_days": 200}}),
    Damage(TERMS, "orders", {"status": "pending_payment"}, {"$set": {"client_id": NOBODY}}),
    Damage(TERMS, "orders", _RUNNING, {"$set": {"freelancer_id": NOBODY}}),
    Damage(TERMS, "orders", _RUNNING, {"$set": {"gig_id": NOBODY}}),
    Damage(TERMS, "orders", _RUNNING, {"$set": {"source.id": NOBODY}}),
    Damage(TERMS, "orders", _RUNNING, {"$set": {"created_at": PAST}}),
    Damage(TABLE, "orders", _DONE, {"$pop": {"events": -1}}),
    Damage(TABLE, "orders", _DONE, {"$pop": {"events": 1}}),
    Damage(TABLE, "orders", _HELD, {"$set": {"status": "completed"}}),
    Damage(TABLE, "orders", _HELD, [{"$set": {"events": {"$reverseArray": "$events"}}}]),
    Damage(TABLE, "orders", _RUNNING, event("pay", name="paid")),
    Damage(ACTORS, "orders", {"events.name": "accept"}, event("accept", actor="freelancer")),
    Damage(ACTORS, "orders", {"events.name": "pay"}, event("pay", actor="client")),
    Damage(ACTORS, "orders", {"events.name": "settle"}, event("settle", actor="admin")),
    Damage(FORWARD, "orders", _DONE, event("deliver", at=PAST)),
    Damage(FORWARD, "orders", _RUNNING, event("pay", at=FUTURE)),
    Damage(FORWARD, "orders", _RUNNING, event("agree", at=PAST)),
    Damage(FORWARD, "orders", _RUNNING, {"$set": {"updated_at": FUTURE}}),
    Damage(DATES, "orders", _RUNNING, {"$set": {"due_at": FUTURE}}),
    Damage(DATES, "orders", _HELD, {"$set": {"accept_by": FUTURE}}),
    Damage(DATES, "orders", _HELD, shifted("accept_by", days=-10)),
    Damage(DATES, "orders", {"status": "pending_payment"}, {"$set": {"pay_by": FUTURE}}),
    Damage(DATES, "orders", _RUNNING, {"$set": {"paid_at": FUTURE}}),
    Damage(DATES, "orders", _RUNNING, {"$set": {"paid_at": None}}),
    Damage(DATES, "orders", _DONE, {"$unset": {"ended_at": ""}}),
    Damage(DATES, "orders", _DONE, {"$set": {"ended_at": FUTURE}}),
    Damage(DATES, "orders", _RUNNING, {"$set": {"ended_at": PAST}}),
    Damage(DATES, "orders", _RUNNING, {"$set": {"remind_at": FUTURE}}),
    Damage(DATES, "orders", _DONE, {"$set": {"remind_at": PAST}}),
    Damage(HOURS, "orders", {"events.name": "auto_accept"}, event("auto_accept", at=PAST)),
    Damage(HOURS, "orders", {"events.name": "expire"}, event("expire", at=PAST)),
    Damage(HOURS, "orders", {"events.name": "escalate"}, event("escalate", at=PAST)),
    Damage(REVISIONS, "orders", {"events.name": "revise"}, {"$inc": {"revisions_used": 1}}),
    Damage(REVISIONS, "orders", {"events.name": "revise"}, {"$set": {"terms.revisions": 0}}),
    Damage(
        REQUESTS, "orders", {"events.name": "agree_to_cancel"}, event("agree_to_cancel", actor="freelancer")
    ),
    Damage(REQUESTS, "orders", {"events.name": "take_back"}, event("take_back", actor="client")),
    Damage(REQUESTS, "cancellations", {"status": "agreed"}, {"$set": {"status": "refused"}}, "order_id"),
    Damage(REQUESTS, "cancellations", {"status": "agreed"}, {"$set": {"closed_at": FUTURE}}, "order_id"),
    Damage(REQUESTS, "cancellations", {"status": "agreed"}, GONE, "order_id"),
    Damage(REQUESTS, "cancellations", {"status": "taken_back"}, {"$set": {"by": "client"}}, "order_id"),
    Damage(OPEN, "orders", {"cancellation.by": "client"}, {"$set": {"cancellation": None}}),
    Damage(OPEN, "orders", {"cancellation.by": "client"}, {"$set": {"cancellation.answer_by": FUTURE}}),
    Damage(OPEN, "orders", {"cancellation.by": "client"}, {"$set": {"cancellation.by": "freelancer"}}),
    Damage(OPEN, "orders", {"cancellation.by": "client"}, {"$set": {"cancellation.id": NOBODY}}),
    Damage(OPEN, "cancellations", {"status": "open"}, {"$set": {"status": "closed"}}, "order_id"),
    Damage(DELIVERED, "deliveries", {}, {"$set": {"order_id": ObjectId()}}, "order_id"),
    Damage(DELIVERED, "deliveries", {}, {"$set": {"created_at": FUTURE}}),
    Damage(DELIVERED, "deliveries", {"file_ids.0": {"$exists": True}}, {"$set": {"file_ids": []}}),
    Damage(DELIVERED, "deliveries", {}, GONE, "order_id"),
    Damage(WAY_OUT, "orders", _HELD, {"$set": {"accept_by": None}}),
    Damage(WAY_OUT, "orders", _HELD, {"$set": {"due_at": None}}),
    Damage(WAY_OUT, "orders", _HELD, {"$set": {"accept_by": FUTURE}}),
)
OF_DISPUTES = (
    Damage(DISPUTES, "disputes", {"status": "open"}, {"$set": {"status": "decided"}}, "order_id"),
    Damage(DISPUTES, "disputes", {"status": "open"}, GONE, "order_id"),
    Damage(DISPUTES, "disputes", {"status": "open"}, {"$set": {"by": "admin"}}, "order_id"),
    Damage(DISPUTES, "disputes", {"status": "open"}, {"$set": {"created_at": PAST}}, "order_id"),
    Damage(DISPUTES, "orders", {"status": "disputed"}, {"$set": {"dispute_id": None}}),
    Damage(ENDINGS, "disputes", {"status": "settled"}, {"$inc": {"released_minor": 1}}),
    Damage(ENDINGS, "disputes", {"status": "settled"}, {"$set": {"closed_at": FUTURE}}),
    Damage(ENDINGS, "disputes", {"status": "settled"}, {"$set": {"status": "decided"}}),
    Damage(ENDINGS, "disputes", {"status": "decided"}, {"$set": {"decided_by": None}}),
    Damage(ENDINGS, "disputes", {"status": "decided"}, {"$set": {"note": "Otherwise."}}),
    Damage(NUMBERS, "disputes", _OPEN, {"$set": {"offers.client.amount_minor": 10**9}}),
    Damage(NUMBERS, "disputes", _OPEN, {"$set": {"offers.freelancer.amount_minor": -1}}),
    Damage(NUMBERS, "disputes", _OPEN, {"$set": {"offers.client.round": 7}}),
    Damage(NUMBERS, "disputes", _OPEN, {"$set": {"offers.client.at": FUTURE}}),
    Damage(NUMBERS, "disputes", _OPEN, {"$unset": {"offers.client": ""}}, "order_id"),
    Damage(SAID, "disputes", _OPEN, {"$unset": {"statements.client": ""}}),
    Damage(SAID, "disputes", _OPEN, {"$set": {"statements.freelancer.at": FUTURE}}),
    Damage(MEET, "disputes", _OPEN, {"$set": {"offers.freelancer.amount_minor": 1}}),
    Damage(MEET, "disputes", {"status": "settled"}, {"$inc": {"offers.client.amount_minor": 2}}),
    Damage(MEET, "disputes", {"status": "settled"}, {"$unset": {"offers.client": ""}}),
)
OF_REVIEWS = (
    Damage(SIDES, "reviews", {}, {"$set": {"author_id": ObjectId()}}),
    Damage(SIDES, "reviews", _ALONE, [{"$set": {"author_id": "$subject_id"}}]),
    Damage(SIDES, "reviews", _ALONE, [{"$set": {"author_id": "$subject_id", "subject_id": "$author_id"}}]),
    Damage(COPIES, "reviews", {}, {"$set": {"title": "Another"}}),
    Damage(COPIES, "reviews", {}, {"$set": {"gig_id": NOBODY}}),
    Damage(COPIES, "reviews", {}, {"$set": {"size_band": {"from_minor": 10**6, "below_minor": None}}}),
    Damage(COPIES, "reviews", {}, {"$set": {"created_at": FUTURE}}),
    Damage(COPIES, "reviews", {"reply": {"$ne": ""}}, {"$set": {"replied_at": None}}),
    Damage(KNOWN, "orders", {"reviewed.client": {"$ne": None}}, {"$unset": {"reviewed.client": ""}}),
    Damage(KNOWN, "reviews", _ALONE, GONE, "order_id"),
    Damage(KNOWN, "reviews", _ALONE, {"$set": {"side": "freelancer"}}, "order_id"),
    Damage(TOGETHER, "reviews", {"revealed_at": {"$ne": None}}, {"$set": {"revealed_at": None}}),
    Damage(HIDDEN, "reviews", _ALONE, {"$unset": {"reveal_at": ""}}),
    Damage(HIDDEN, "reviews", _ALONE, shifted("reveal_at", days=1)),
    Damage(HIDDEN, "reviews", {"reveal_at": None}, [{"$set": {"reveal_at": "$revealed_at"}}]),
    Damage(HIDDEN, "reviews", {"reveal_at": None}, {"$set": {"revealed_at": FUTURE}}),
)
OF_NEWS = (
    Damage(HIRED, "notifications", {"type": "hired"}, GONE, "order_id"),
    Damage(HIRED, "notifications", {"type": "hired"}, {"$set": {"fact": "something else"}}, "order_id"),
    Damage(TOLD, "notifications", {"type": "order_paid"}, GONE, "order_id"),
    Damage(TOLD, "notifications", {"type": "order_paid"}, {"$set": {"user_id": NOBODY}}, "order_id"),
    Damage(
        TOLD, "notifications", {"type": "order_completed"}, {"$set": {"type": "order_reminder"}}, "order_id"
    ),
    Damage(TOLD, "notifications", {"type": "order_decided"}, [{"fact": "order_decided:again"}], "order_id"),
    Damage(REVIEW_TOLD, "notifications", {"type": "review_answered"}, GONE, "order_id"),
    Damage(OVER, "notifications", {"type": "order_delivered"}, {"$set": {"read_at": None}}, "order_id"),
)
DAMAGES = (*OF_ORDERS, *OF_DISPUTES, *OF_REVIEWS, *OF_NEWS)
