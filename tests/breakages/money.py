"""Orders, deliveries, files, cancellation, disputes, payments, ledger, payouts, reversals, record, proof."""

from tests.breakages import Breakage

MONEY = (
    Breakage(
        "a stranger reads an order",
        "if order is None or not (viewer.is_admin or order.side_of(viewer.user_id)):",
        "if order is None:",
        "test_a_stranger_finds_no_order",
    ),
    Breakage(
        "the client delivers and the freelancer accepts",
        "    if mine is None or side not in (None, mine):",
        "    if mine is None:",
        "test_each_side_does_what_is_its_own",
    ),
    Breakage(
        "there is a revision more than was agreed",
        "return max(0, self.terms.revisions - self.revisions_used)",
        "return max(0, self.terms.revisions - self.revisions_used + 1)",
        "test_revisions_are_used_up",
    ),
    Breakage(
        "an order is taken from any state to any other",
        '            "status": transition.source_filter,\n            **_may_repeat',
        "            **_may_repeat",
        "test_an_order_ends_once",
    ),
    Breakage(
        "a cancellation request is answered by who made it",
        "    if asked.by == side:\n",
        "    if False:\n",
        "test_a_cancellation_request_is_refused_or_taken_back_and_the_work_goes_on",
    ),
    Breakage(
        "a cancellation request takes the time away to look at a delivery",
        "accept_by = fresh.accept_by + (now - max(asked.at, fresh.updated_at)) if fresh.accept_by else None",
        "accept_by = fresh.accept_by",
        "test_a_cancellation_request_stops_the_automatic_acceptance",
    ),
    Breakage(
        "somebody asks to cancel again and again",
        "return most is None or done < most",
        "return most is None or done <= most",
        "test_each_side_asks_to_cancel_a_few_times",
    ),
    Breakage(
        "an unpaid order never expires",
        '"time", now, condition={"pay_by": {"$lte": now}})',
        '"time", now, condition={"pay_by": {"$gt": now}})',
        "test_what_is_not_paid_in_a_week_ends",
    ),
    Breakage(
        "numbers that are the same do not meet",
        "if asked.amount_minor > offered.amount_minor:",
        "if asked.amount_minor >= offered.amount_minor:",
        "test_numbers_that_meet_settle_in_the_middle[100-60-60-60-6-client]",
    ),
    Breakage(
        "a side of a dispute reads the number of the other",
        "mine = found.offer_of(side, moment) if side and is_open else None",
        "mine = next(iter(found.offers.values()), None) if side and is_open else None",
        "test_nobody_sees_the_others_number",
    ),
    Breakage(
        "an admin gives away more than is held",
        "if released_minor is not None and released_minor > order.held_minor:",
        "if released_minor is not None and released_minor > order.held_minor + 1:",
        "test_an_admin_decides_a_dispute",
    ),
    Breakage(
        "an admin decides about the own order",
        "    if order.side_of(admin.user_id):\n",
        "    if False:\n",
        "test_what_admins_do_not_decide",
    ),
    Breakage(
        "anybody takes a file that belongs to nothing",
        "        return file.owner_id == viewer.user_id\n",
        "        return True\n",
        "test_until_it_belongs_to_something_only_who_sent_it_reads_it",
    ),
    Breakage(
        "anybody takes what was delivered",
        "return order is not None and (viewer.is_admin or order.side_of(viewer.user_id) is not None)",
        "return order is not None",
        "test_whose_files_they_are",
    ),
    Breakage(
        "a file is shown in the browser",
        'return f"attachment; filename=',
        'return f"inline; filename=',
        "test_a_file_comes_as_it_was_sent_and_is_not_shown",
    ),
    Breakage(
        "any amount pays an order",
        'right = received == payment.amount_minor and (event.currency or "").upper() == payment.currency',
        'right = (event.currency or "").upper() == payment.currency',
        "test_money_that_is_not_what_was_asked_for",
    ),
    Breakage(
        "an event needs no signature",
        "    if not hmac.compare_digest(found[2], _digest(secret_key, body, at)):\n",
        "    if False:\n",
        "test_a_signature_of_another_body",
    ),
    Breakage(
        "a fee is rounded down",
        "return (amount_minor * basis_points + 5_000) // 10_000",
        "return amount_minor * basis_points // 10_000",
        "test_fees_are_rounded_half_up",
    ),
)
