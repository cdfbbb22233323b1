"""Requests and offers for them: the budget, who reads what, what ends with what, the record, whom an admin finds."""

from tests.breakages import Breakage

REQUESTS = (
    Breakage(
        "an admin offers more than the budget of a request",
        "    if price > request.budget_minor:\n",
        "    if price > 10**12:\n",
        "test_what_is_wrong_in_an_assignment_is_said_at_its_field[what0-wrong0]",
    ),
    Breakage(
        "a client reads an offer for their request before it is accepted",
        "            return user_id == self.client_id and self.order_id is not None\n",
        "            return user_id == self.client_id\n",
        "test_the_client_learns_of_no_offer_before_it_is_accepted",
    ),
    Breakage(
        "an offer for a request that has ended shows all of its words",
        "        if self.request_id is None or self.status in LIVE or user_id != self.to_id:\n",
        "        if True:\n",
        "test_one_that_has_ended_shows_its_title_and_its_price",
    ),
    Breakage(
        "who has declined reads the request and its files",
        '        "freelancer_id": freelancer_id,\n        "status": {"$in": list(LIVE)},\n',
        '        "freelancer_id": freelancer_id,\n',
        "test_one_that_has_ended_shows_its_title_and_its_price",
    ),
    Breakage(
        "a freelancer reads the whole request, with its budget",
        "    return answer(_one(request) if is_whole else brief_body(request))\n",
        "    return answer(_one(request))\n",
        "test_what_a_freelancer_gets_tells_no_budget_and_nobody_else",
    ),
    Breakage(
        "people are asked about the request of somebody who has blocked them",
        "    blocked = pairs.blocked_among(tx, request.client_id, ids)\n",
        "    blocked: set[ObjectId] = set()\n",
        "test_who_cannot_get_one_is_named_with_the_reason",
    ),
    Breakage(
        "the other offers stay open when one is accepted",
        "            ending.supersede_offers_of(tx, accepted, now)\n",
        "",
        "test_the_first_to_accept_gets_it",
    ),
    Breakage(
        "a request whose last offer has ended waits for nobody",
        "    if request.open_offers == 0:\n",
        "    if request.open_offers < 0:\n",
        "test_expired_offers_let_the_request_wait_again",
    ),
    Breakage(
        "taking a request back leaves its offers open",
        "        hooks.offers_withdrawn(tx, ended, now)\n        _end_news(",
        "        _end_news(",
        "test_taking_it_back_withdraws_every_offer",
    ),
    Breakage(
        "an admin decides about their own request",
        "    if request.client_id == admin.user_id:\n",
        "    if request.client_id == admin.device_id:\n",
        "test_nobody_decides_about_their_own_request",
    ),
    Breakage(
        "an offer is sent without a row in the record",
        "    for offer in made:\n        record.note(\n",
        "    for offer in made[:0]:\n        record.note(\n",
        "test_each_act_of_an_admin_leaves_its_row",
    ),
    Breakage(
        "a request that its freelancer left is back with its client",
        '    elif by == "freelancer" or "freelancer" in gone:\n',
        '    elif "freelancer" in gone:\n',
        "test_its_order_ended_unpaid",
    ),
    Breakage(
        "a request whose day has passed waits on",
        '    due = {"status": "pending", "due_at": passed(now)}\n',
        '    due = {"status": "posted", "due_at": passed(now)}\n',
        "test_a_day_that_has_passed_sends_it_back",
    ),
    Breakage(
        "a freelancer watches a request",
        "    if request is None or not (viewer.is_admin or request.client_id == viewer.user_id):\n",
        "    if request is None:\n",
        "test_nobody_else_may_watch_a_request",
    ),
    Breakage(
        "an admin finds the client of a request for it",
        "    without = {admin.user_id, *([request.client_id] if request else [])}\n",
        "    without = {admin.user_id}\n",
        "test_the_client_the_admin_and_who_is_in_a_block_are_left_out",
    ),
    Breakage(
        "who is overdue is free",
        '    return _part("load", share,',
        '    return _part("load", 1.0,',
        "test_what_the_parts_are_made_of",
    ),
)
