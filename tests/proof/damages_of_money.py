"""Damages of the ledger, payments, payouts and calls to the provider."""

from bson import ObjectId

from tests.proof.damages import FUTURE, GONE, LONG_AGO, NOBODY, Damage, shifted

SUM = "1. Every ledger entry sums to zero"
BELONGS = "1. Every ledger entry belongs to an order or a payout"
ACCOUNTS = "1. Money is booked on accounts that are somebody's"
TOTAL = "1. All balances together are what the ledger owes"
CURRENCY = "14. All money is of one currency"
PROVIDER = "14. All money is at one provider"
BOOKS = "1. Orders hold, release and refund what the ledger says"
ENTRIES = "2. Each order is held, released and refunded once at most, when it happened"
PAID_ONCE = "7. A paid order was paid once, with its price"
OF_ORDER = "7. Payments are by the client of their order, of its price"
ENDED = "7. Nobody is asked to pay for an order that has ended"
TOLD = "9. The amounts in a timeline are those of its order"
CHECKOUT = "7. Each payment has its checkout, and is looked at while it is open"
AMOUNTS = "7. The amounts of a payment are those of its state"
REFUNDS = "2. What goes back is asked of the provider once, with its amount"
PAYOUTS = "1. Payouts are booked once, and again if they failed"
SENDS = "1. A payout is sent by its call, with its amount, to its person"
MADE = "7. Calls to the provider are made within a day"
FOR = "7. Calls to the provider are for something, and say what they made"
ONE_ACCOUNT = "7. An account at the provider is one person's"
BALANCES = "1. Balances equal the ledger and are not negative"

REVERSED = "2. What the provider told of refunds and chargebacks is booked"
TOLD_OF_IT = "2. What the provider told of a payment is booked in it"
HELD_BACK = "2. An order whose money went back waits for an admin"
UNDECIDED = "2. No money waits for an admin's decision"
ARRIVED = "2. Every refund has arrived"
DOUBTS = "2. What is in doubt of a balance is in doubt of its orders"
_OLD = ObjectId.from_datetime(LONG_AGO)  # of an entry to which no tick gives a receipt in between

_CHARGED_BACK = {"ref": "dp_1", "kind": "chargeback", "amount_minor": 5, "stage": "open"}
_SENT = {"kind": "pay_out", "status": "done"}
_RELEASED = {"key": {"$regex": "^release:"}}
_HELD = {"key": {"$regex": "^hold:"}}

DAMAGES = (
    Damage(REVERSED, "payments", {"status": "paid"}, {"$set": {"unsent_minor": 5}}, "order_id"),
    Damage(TOLD_OF_IT, "payments", {"status": "paid"}, {"$set": {"told_minor": 5}}),
    Damage(TOLD_OF_IT, "payments", {"status": "paid"}, {"$set": {"reversals": [_CHARGED_BACK]}}),
    Damage(REVERSED, "orders", {"status": "disputed"}, {"$set": {"refunded_minor": 5}}),
    Damage(HELD_BACK, "orders", {"status": "in_progress"}, {"$set": {"refunded_minor": 5}}),
    Damage(UNDECIDED, "orders", {"status": "disputed"}, {"$set": {"refunded_minor": 5}}),
    Damage(UNDECIDED, "orders", {"status": "completed"}, {"$set": {"doubt_minor": 5}}),
    Damage(
        ARRIVED, "payments", {"status": "refunded"}, {"$set": {"status": "refund_failed", "unsent_minor": 5}}
    ),
    Damage(DOUBTS, "balances", {}, {"$set": {"in_doubt_minor": 5}}),
    Damage(SUM, "ledger", {}, {"$inc": {"lines.0.amount_minor": 1}}, "key"),
    Damage(SUM, "ledger", {}, {"$set": {"lines": []}}, "key"),
    Damage(BELONGS, "ledger", {}, [{"key": "gift:somebody"}], "key"),
    Damage(BELONGS, "ledger", {"key": {"$regex": "^payout:"}}, [{"key": f"payout:{NOBODY}"}], "key"),
    Damage(BELONGS, "ledger", _HELD, {"$set": {"order_id": None}}, "key"),
    Damage(ACCOUNTS, "ledger", _RELEASED, {"$set": {"lines.1.account": f"balance:{NOBODY}"}}, "key"),
    Damage(ACCOUNTS, "ledger", _RELEASED, {"$set": {"lines.1.account": "profit"}}, "key"),
    Damage(TOTAL, "balances", {"amount_minor": {"$gt": 0}}, {"$inc": {"amount_minor": 1}}, "amount_minor"),
    Damage(CURRENCY, "payments", {"status": "paid"}, {"$set": {"currency": "XTS"}}),
    Damage(PROVIDER, "payments", {"status": "paid"}, {"$set": {"provider": "stripe"}}),
    Damage(PROVIDER, "payouts", {}, {"$set": {"provider": "stripe"}}),
    Damage(BOOKS, "orders", {"status": "completed"}, {"$inc": {"released_minor": -1}}),
    Damage(BOOKS, "orders", {"status": "in_progress"}, {"$set": {"refunded_minor": 5}}),
    Damage(BOOKS, "orders", {"status": "delivered"}, {"$set": {"released_minor": 5}}),
    Damage(BOOKS, "ledger", _HELD, {"$set": {"lines.1.account": "fees"}}, "order_id"),
    Damage(BOOKS, "ledger", _RELEASED, {"$set": {"lines.1.account": f"balance:{NOBODY}"}}, "order_id"),
    Damage(BOOKS, "ledger", _RELEASED, GONE, "order_id"),
    Damage(BOOKS, "ledger", {"key": {"$regex": "^refund:"}}, GONE, "order_id"),
    Damage(ENTRIES, "ledger", _HELD, [{"_id": _OLD, "key": "hold:again"}], "order_id"),
    Damage(ENTRIES, "ledger", _HELD, {"$set": {"created_at": FUTURE}}, "key"),
    Damage(ENTRIES, "ledger", _RELEASED, shifted("created_at", days=-1), "key"),
    Damage(PAID_ONCE, "payments", {"status": "paid"}, {"$set": {"status": "expired"}}, "order_id"),
    Damage(PAID_ONCE, "payments", {"status": "paid"}, GONE, "order_id"),
    Damage(PAID_ONCE, "payments", {"status": "paid"}, [{"look_at": None}], "order_id"),
    Damage(
        PAID_ONCE, "payments", {"status": "refunded", "why": ""}, {"$inc": {"refunded_minor": -1}}, "order_id"
    ),
    Damage(OF_ORDER, "payments", {"status": "paid"}, {"$set": {"client_id": NOBODY}}),
    Damage(OF_ORDER, "payments", {"status": "expired"}, {"$set": {"client_id": NOBODY}}),
    Damage(OF_ORDER, "payments", {"status": "expired"}, {"$inc": {"amount_minor": 1}}),
    Damage(OF_ORDER, "payments", {"status": "open"}, {"$mul": {"amount_minor": 10}}),
    Damage(OF_ORDER, "payments", {"status": "open"}, {"$set": {"path": "/orders/another"}}),
    Damage(ENDED, "payments", {"status": "expired"}, {"$set": {"status": "open"}}),
    Damage(ENDED, "payments", {"status": "paid"}, [{"status": "open", "look_at": FUTURE}]),
    Damage(TOLD, "orders", {"status": "in_progress"}, {"$inc": {"events.1.data.amount_minor": 1}}),
    Damage(
        TOLD,
        "orders",
        {"status": "completed", "events.3.name": "accept"},
        {"$set": {"events.3.data.released_minor": 1}},
    ),
    Damage(TOLD, "orders", {"events.5.name": "settle"}, {"$inc": {"events.5.data.refunded_minor": 1}}),
    Damage(CHECKOUT, "gateway_calls", {"kind": "open_session"}, GONE, "subject_id"),
    Damage(CHECKOUT, "payments", {"status": "open"}, {"$set": {"look_at": None}}),
    Damage(CHECKOUT, "payments", {"status": "open"}, {"$set": {"look_at": FUTURE}}),
    Damage(CHECKOUT, "payments", {"status": "open"}, {"$set": {"session_id": None}}),
    Damage(CHECKOUT, "payments", {"status": "open"}, {"$set": {"session_id": "cs_another"}}),
    Damage(CHECKOUT, "payments", {"status": "open"}, {"$set": {"status": "created"}}),
    Damage(AMOUNTS, "payments", {"status": "refunded"}, {"$inc": {"received_minor": -1}}),
    Damage(AMOUNTS, "payments", {"status": "paid"}, {"$inc": {"received_minor": 1}}),
    Damage(AMOUNTS, "payments", {"status": "paid"}, {"$set": {"charge_id": None}}),
    Damage(AMOUNTS, "payments", {"status": "paid"}, {"$set": {"refunded_minor": 1}}),
    Damage(AMOUNTS, "payments", {"status": "partly_refunded"}, {"$set": {"status": "refunded"}}),
    Damage(AMOUNTS, "payments", {"status": "expired"}, {"$set": {"received_minor": 100}}),
    Damage(
        REFUNDS, "payments", {"why": {"$ne": ""}, "status": "refunded"}, {"$set": {"status": "refund_due"}}
    ),
    Damage(REFUNDS, "gateway_calls", {"kind": "refund"}, GONE, "subject_id"),
    Damage(REFUNDS, "gateway_calls", {"kind": "refund"}, {"$mul": {"data.amount_minor": 10}}, "subject_id"),
    Damage(
        REFUNDS, "gateway_calls", {"kind": "refund"}, {"$set": {"data.charge_id": "ch_other"}}, "subject_id"
    ),
    Damage(REFUNDS, "gateway_calls", {"kind": "refund"}, {"$set": {"status": "failed"}}, "subject_id"),
    Damage(PAYOUTS, "payouts", {}, {"$inc": {"amount_minor": 1}}),
    Damage(PAYOUTS, "payouts", {"status": "sent"}, {"$set": {"user_id": NOBODY}}),
    Damage(PAYOUTS, "payouts", {"status": "failed"}, {"$set": {"status": "sent"}}),
    Damage(PAYOUTS, "payouts", {"status": "sent"}, {"$set": {"status": "failed"}}),
    Damage(SENDS, "gateway_calls", _SENT, GONE, "subject_id"),
    Damage(SENDS, "gateway_calls", _SENT, {"$mul": {"data.amount_minor": 10}}, "subject_id"),
    Damage(SENDS, "gateway_calls", _SENT, {"$set": {"data.account_id": "acct_thief"}}, "subject_id"),
    Damage(SENDS, "gateway_calls", _SENT, {"$set": {"status": "waiting"}}, "subject_id"),
    Damage(SENDS, "payouts", {"status": "sent"}, {"$set": {"transfer_id": None}}),
    Damage(SENDS, "payouts", {"status": "sent"}, {"$set": {"transfer_id": "tr_another"}}),
    Damage(SENDS, "payouts", {"status": "sent"}, {"$set": {"account_id": "acct_thief"}}),
    Damage(SENDS, "payouts", {"status": "sent"}, {"$set": {"status": "requested"}}),
    Damage(SENDS, "payout_accounts", {}, {"$set": {"account_id": "acct_thief"}}),
    Damage(
        MADE,
        "gateway_calls",
        _SENT,
        {"$set": {"status": "waiting", "due_at": LONG_AGO, "created_at": LONG_AGO}},
    ),
    Damage(MADE, "gateway_calls", _SENT, {"$set": {"status": "waiting", "due_at": FUTURE}}),
    Damage(MADE, "gateway_calls", _SENT, {"$set": {"status": "waiting", "claimed_until": FUTURE}}),
    Damage(FOR, "gateway_calls", _SENT, {"$set": {"subject_id": NOBODY}}),
    Damage(FOR, "gateway_calls", _SENT, {"$set": {"result": {}}}),
    Damage(ONE_ACCOUNT, "payout_accounts", {}, [{"_id": ObjectId(), "provider": "stripe"}], "account_id"),
    Damage(BALANCES, "balances", {"amount_minor": {"$gt": 0}}, {"$inc": {"amount_minor": 1}}),
    Damage(BALANCES, "balances", {"amount_minor": {"$gt": 0}}, GONE),
)

SAYS = "15. Each receipt says what the ledger has of its order"
SERIES = "15. The numbers of receipts are one series without gaps"
FOLLOW = "15. The numbers of receipts follow the ledger"
HAVE = "15. What is booked for an order has a receipt"
_OF_RELEASE = {"what": "release"}

DAMAGES += (
    Damage(SAYS, "receipts", {}, {"$inc": {"amount_minor": 1}}),
    Damage(SAYS, "receipts", _OF_RELEASE, {"$inc": {"fee_minor": 1}}),
    Damage(SAYS, "receipts", _OF_RELEASE, {"$set": {"what": "refund"}}),
    Damage(SAYS, "receipts", {}, shifted("at", days=-1)),
    Damage(SAYS, "receipts", {}, {"$set": {"client.id": NOBODY}}),
    Damage(SAYS, "receipts", {}, {"$set": {"freelancer.name": ""}}),
    Damage(SAYS, "receipts", {}, {"$set": {"title": "Another"}}),
    Damage(SAYS, "receipts", {}, {"$set": {"currency": "XTS"}}),
    Damage(SAYS, "receipts", {}, [{"number": 10_000}]),
    Damage(SERIES, "receipts", {"number": 3}, {"$set": {"number": 10_000}}),
    Damage(SERIES, "receipts", {"number": 3}, GONE, "number"),
    Damage(FOLLOW, "receipts", {"number": 3}, [{"_id": _OLD, "number": 10_000}]),
    Damage(HAVE, "ledger", _HELD, [{"_id": _OLD, "key": f"hold:{_OLD}"}], "key"),
)
