"""What freelancers have earned, and how it gets to their bank: at payout, never earlier (docs/domain.md, Money)."""

from datetime import datetime, timedelta

from bson import ObjectId

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import User, Viewer
from gigflow.core.db import Db, Tx
from gigflow.core.errors import Conflict, Invalid, NotSignedIn, ProviderFailed
from gigflow.core.ids import new_id
from gigflow.core.paging import Page, PageRequest
from gigflow.core.rules import Rules
from gigflow.notifications import actions as notifications
from gigflow.notifications.models import About
from gigflow.payments import calls, ledger, store
from gigflow.payments.events import PAYOUT_FAILED
from gigflow.payments.gateway import Gateway, GatewayAway, GatewayRefused
from gigflow.payments.models import (
    PAYOUT,
    Balance,
    Entry,
    Movement,
    Payout,
    PayoutAccount,
    ProviderEvent,
)
from gigflow.record import actions as record
from gigflow.record.models import Subject

PATH = "/settings/payouts"
MAY_COME_BACK = timedelta(days=7)  # how long after it was sent a bank may refuse a payout
_NOT_REACHED = (
    "The payment provider cannot be reached right now. Your balance is as it was; please try again soon."
)


def balance_of(db: Db, viewer: Viewer) -> Balance:
    """Return what the viewer has earned and not taken out."""
    return store.get_balance(db, viewer.user_id)


def movements_of(db: Db, viewer: Viewer, page: PageRequest) -> Page[Movement]:
    """Return what came to the viewer's balance and went from it, newest first."""
    account = ledger.balance(viewer.user_id)
    found = store.find_entries_of(db, account, page)
    return Page([_movement(entry, account) for entry in found.rows], found.next)


def payouts_of(db: Db, viewer: Viewer, page: PageRequest) -> Page[Payout]:
    """Return the viewer's payouts, newest first."""
    return store.find_payouts(db, viewer.user_id, page)


def account_of(db: Db, gateway: Gateway, viewer: Viewer, now: datetime) -> PayoutAccount | None:
    """Return the viewer's account at the provider, or None if there is none; while it cannot be paid to, ask again
    whether it can. Raises ProviderFailed.
    """
    account = store.get_account(db, viewer.user_id)
    if account is None or account.provider != gateway.name or account.ready:
        return account if account and account.provider == gateway.name else None
    try:
        account.ready = gateway.account_ready(account.account_id)
    except (GatewayAway, GatewayRefused) as error:
        raise ProviderFailed(_NOT_REACHED) from error
    store.set_ready(db, viewer.user_id, account.ready)
    return account


def onboard(db: Db, gateway: Gateway, viewer: Viewer, *, base_url: str, now: datetime) -> str | None:
    """Return the address at which the viewer tells the provider what it must know before it can pay them; None if it
    knows enough.

    Makes the account at the provider if there is none. Raises ProviderFailed.
    """
    try:
        account = account_of(db, gateway, viewer, now) or _new_account(db, gateway, viewer, now)
        return None if account.ready else gateway.onboarding_url(account.account_id, base_url + PATH)
    except (GatewayAway, GatewayRefused) as error:
        raise ProviderFailed(_NOT_REACHED) from error


def request_payout(
    db: Db,
    gateway: Gateway | None,
    viewer: Viewer,
    *,
    amount_minor: int | None,
    key: str | None,
    rules: Rules,
    base_url: str,
    now: datetime,
    by_operator: bool = False,
    why: str = "",
) -> Payout:
    """Send an amount of the balance to the viewer's bank, or all of it if no amount is given. A repeat with the same
    `key` gets the first one's payout.

    Raises Conflict if there is nothing to pay out, if payouts are switched off or if the provider has to know more
    about the viewer first, Invalid if the balance is less, ProviderFailed.
    """
    if gateway is None:
        raise Conflict("Payments are switched off.", code="payments_off")
    if known := _asked_before(db, viewer, key, amount_minor):
        return known
    if onboard(db, gateway, viewer, base_url=base_url, now=now):
        raise Conflict(
            f"The payment provider first has to know where to send the money: see {base_url}{PATH}.",
            code="payout_account_missing",
        )
    account = store.get_account(db, viewer.user_id)
    assert account is not None
    payout_id = new_id()

    def work(tx: Tx) -> Payout:
        if key and (known := store.get_payout_by_key(tx, viewer.user_id, key)):
            return _same(known, amount_minor)
        amount = check_there_is(tx, viewer, amount_minor)
        if not ledger.book_payout(tx, payout_id, viewer.user_id, amount, now):
            raise _not_that_much()
        if by_operator:
            _note_operator(tx, viewer, payout_id, amount, why, now)
        elif accounts.engage(tx, viewer.user_id):
            raise NotSignedIn
        payout = Payout(
            id=payout_id,
            user_id=viewer.user_id,
            provider=gateway.name,
            account_id=account.account_id,
            amount_minor=amount,
            key=key,
            created_at=now,
            updated_at=now,
        )
        store.insert_payout(tx, payout)
        notifications.end_news(tx, "payout", PAYOUT["request"].name, PATH, now, reader=viewer.user_id)
        calls.record_payout(tx, payout, rules.currency.code, now)
        return payout

    return db.transact(work)


def _asked_before(db: Db, viewer: Viewer, key: str | None, amount_minor: int | None) -> Payout | None:
    """Return the payout of this key if the balance does not have the amount: the first request with the key may have
    taken it. Raises what `check_there_is` raises if there is none.
    """
    try:
        check_there_is(db, viewer, amount_minor)
    except (Conflict, Invalid):
        if key and (known := store.get_payout_by_key(db, viewer.user_id, key)):
            return _same(known, amount_minor)
        raise
    return None


def pay_out_for(
    db: Db, gateway: Gateway | None, user: User, *, why: str, rules: Rules, base_url: str, now: datetime
) -> Payout:
    """Send everything that a person who is shut out has earned to their bank, as the operator; the record has it, and
    why.

    Raises Conflict if the account is open, and what `request_payout` raises.
    """
    if user.disabled_at is None:
        raise Conflict("This account is open: its person can ask for the payout.", code="not_shut_out")
    return request_payout(
        db,
        gateway,
        Viewer(user_id=user.id, device_id=new_id(), name=user.name),
        amount_minor=None,
        key=None,
        rules=rules,
        base_url=base_url,
        now=now,
        by_operator=True,
        why=why,
    )


def _note_operator(
    tx: Tx, viewer: Viewer, payout_id: ObjectId, amount_minor: int, why: str, now: datetime
) -> None:
    record.note(
        tx,
        "paid_out",
        now,
        via=record.MACHINE,
        user_id=viewer.user_id,
        subject=Subject("payout", payout_id),
        why=why,
        before={"balance_minor": amount_minor},
        after={"balance_minor": 0},
    )


def check_there_is(db: Db, viewer: Viewer, amount_minor: int | None) -> int:
    """Return how much should go out: if no amount is given, everything that may. It comes before anything is asked of
    the provider.

    Raises Conflict if nothing can be paid out, Invalid if it is less than that.
    """
    balance = store.get_balance(db, viewer.user_id)
    available = balance.available_minor
    if balance.in_doubt_minor and available < (amount_minor or 1):
        raise Conflict(
            "The payment provider took back the money of an order of yours. The disputed amount stays in your"
            " balance until an admin has decided.",
            code="balance_in_doubt",
        )
    if not available:
        raise Conflict("There is nothing in your balance to withdraw.", code="nothing_to_pay_out")
    amount = available if amount_minor is None else amount_minor
    if not 0 < amount <= available:
        raise _not_that_much()
    return amount


def is_known(db: Db, viewer: Viewer, key: str | None) -> bool:
    """Return whether the viewer has asked for a payout with this key before."""
    return key is not None and store.get_payout_by_key(db, viewer.user_id, key) is not None


def note_sent(tx: Tx, payout_id: ObjectId, transfer_id: str, now: datetime) -> None:
    """Note that the provider has sent it."""
    store.move_payout(tx, payout_id, PAYOUT["send"], {"transfer_id": transfer_id}, now)


def note_failed(tx: Tx, payout_id: ObjectId, why: str, now: datetime) -> None:
    """Note that it did not work: the balance has the money again, and the freelancer is told."""
    payout = store.move_payout(tx, payout_id, PAYOUT["fail"], {"why": why}, now)
    if payout is None:
        return
    ledger.book_payout_returned(tx, payout.id, payout.user_id, payout.amount_minor, now)
    text = "A payout did not reach your bank. The money is in your balance again."
    about = About(url=PATH)
    notifications.tell(tx, PAYOUT_FAILED, payout.user_id, text, now, about=about, occurrence=payout.id)


def note_failed_transfer(tx: Tx, provider: str, event: ProviderEvent, now: datetime) -> None:
    """Return a payout's money after the provider told that its transfer came back. Raises Conflict if the transfer is
    not known, which may mean not yet.
    """
    payout = store.get_payout_by_transfer(tx, provider, event.transfer_id or "")
    if payout is None:
        # It may have been quicker than our own record of the transfer: after a refusal the provider tells it again.
        raise Conflict("There is no such payout yet.", code="unknown_transfer")
    note_failed(tx, payout.id, event.why, now)


def begin_doubt(tx: Tx, user_id: ObjectId, amount_minor: int) -> int:
    """Let an amount stay in a balance until an admin has decided, as far as it is still there; returns how much."""
    stays = min(amount_minor, store.get_balance(tx, user_id).available_minor)
    if stays:
        store.doubt_balance(tx, user_id, stays)
    return stays


def end_doubt(
    tx: Tx, order_id: ObjectId, user_id: ObjectId, amount_minor: int, take_back: bool, now: datetime
) -> None:
    """Free an amount that was in doubt, or take it out of the balance at the same time."""
    if amount_minor:
        store.doubt_balance(tx, user_id, -amount_minor)
    if amount_minor and take_back:
        ledger.book_taken_back(tx, order_id, user_id, amount_minor, now)


def money_left(db: Db, user_id: ObjectId, now: datetime) -> str | None:
    """Keep a person with money here until it is paid out (docs/domain.md, Leaving)."""
    if store.get_balance(db, user_id).amount_minor:
        return "There is money in your balance. Withdraw it first."
    if store.count_payouts_since(db, user_id, now - MAY_COME_BACK):
        days = MAY_COME_BACK // timedelta(days=1)
        return f"A payout is on its way to your bank, and for {days} days it may still come back."
    return None


def _movement(entry: Entry, account: str) -> Movement:
    amount = sum(line.amount_minor for line in entry.lines if line.account == account)
    return Movement(
        what=entry.key.partition(":")[0], amount_minor=amount, order_id=entry.order_id, at=entry.created_at
    )


def _same(known: Payout, amount_minor: int | None) -> Payout:
    """Return the payout that this key has made, for its repeat; a different request needs a different key. Raises
    Conflict.
    """
    if amount_minor not in (None, known.amount_minor):
        raise Conflict("This key was used for another amount.", code="key_reused")
    return known


def _new_account(db: Db, gateway: Gateway, viewer: Viewer, now: datetime) -> PayoutAccount:
    user = accounts.get_user(db, viewer.user_id)
    assert user is not None
    account_id = gateway.open_account(user.id, user.address, f"account:{user.id}")
    account = PayoutAccount(
        user_id=user.id,
        provider=gateway.name,
        account_id=account_id,
        ready=gateway.account_ready(account_id),
        created_at=now,
    )
    return store.put_account(db, account)


def _not_that_much() -> Invalid:
    return Invalid({"amount": ["Your balance is less than that."]})
