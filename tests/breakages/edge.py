"""The HTTP edge, forms, sockets, cache, limits, headers, escaping, letters, settings."""

from tests.breakages import Breakage

EDGE = (
    Breakage(
        "a form needs no token",
        "            csrf.protect()\n",
        "            pass\n",
        "test_a_form_needs_its_token",
    ),
    Breakage(
        "a form of one person is sent by the next",
        'hmac.new(key, f"form of {person}\\n{first}".encode(), hashlib.sha256).hexdigest()',
        "first",
        "test_a_form_of_one_person_is_not_sent_by_the_next",
    ),
    Breakage(
        "another site makes requests",
        'passes = site in ("same-origin", "none")',
        "passes = True",
        "test_a_request_from_another_site_is_refused",
    ),
    Breakage(
        "a link in a message says something else than where it leads",
        '    return [*said, _text(" ("), *address, _text(")")]\n',
        "    return [opened, *said, closed]\n",
        "test_a_link_in_a_message_says_where_it_leads",
    ),
    Breakage(
        "a page may be framed",
        "            \"frame-ancestors 'none'\",\n",
        "",
        "test_every_answer_is_dressed[/]",
    ),
    Breakage(
        "what is private is kept by the browser",
        '"no-store" if viewer() or "set-cookie" in present else "no-cache"',
        '"no-cache"',
        "test_what_is_private_is_not_kept[/hiring]",
    ),
    Breakage(
        "a body has any length",
        "MAX_CONTENT_LENGTH=BODY_MAX,",
        "MAX_CONTENT_LENGTH=BODY_MAX * 100,",
        "test_a_body_over_the_limit_is_413",
    ),
    Breakage(
        "a chunk is longer than it says",
        'if not self._in_chunk and self._line() != b"\\r\\n":',
        'if not self._in_chunk and self._line() == b"":',
        "test_a_chunk_that_can_be_read_in_two_ways_is_refused",
    ),
    Breakage(
        "bids are not counted by person",
        "        runtime().limits.spend(rule, person().user_id)\n",
        "        person()\n",
        "test_bids_are_limited_by_person",
    ),
    Breakage(
        "an address is counted as whoever it says",
        'return f"{ipaddress.IPv6Address(int(found) >> 64 << 64)}/64"',
        "return str(found)",
        "test_an_ipv6_address_counts_by_its_64",
    ),
    Breakage(
        "a socket is opened by a page of another site",
        "        if is_known_origin(origin, host, self._settings):\n",
        "        if origin:\n",
        "test_a_foreign_origin_is_refused",
    ),
    Breakage(
        "the sockets of an ended device go on",
        "        for line in self._lines.of_device(device_id):\n            self._cut(line, ended=ended)\n",
        "        return\n",
        "test_ending_a_device_cuts_its_sockets_only",
    ),
    Breakage(
        "anybody watches an order",
        'return "inner" if viewer and actions.order_for(db, viewer, order_id) else None',
        'return "inner" if viewer else None',
        "test_only_who_may_read_an_order_may_watch_it",
    ),
    Breakage(
        "a part of a page is told of what another follows",
        "watch === kind && id === told.id && stamp !== told.stamp",
        "watch === kind && stamp !== told.stamp",
        "test_each_part_of_a_page_is_told_of_its_own",
    ),
    Breakage(
        "news reach a device that has shown them",
        '                "acked_by": {"$ne": device_id},\n',
        "",
        "test_what_a_device_acknowledged_it_is_not_told_again",
    ),
    Breakage(
        "the title of a piece is markup",
        '<h3 dir="auto">{{ piece.title }}</h3>',
        '<h3 dir="auto">{{ piece.title | safe }}</h3>',
        "test_what_a_piece_says_is_no_markup",
    ),
    Breakage(
        "a list is kept although it was written",
        "        if not is_refused:\n            self.drop()\n",
        "",
        "test_only_what_was_written_drops_the_copies[POST-/api/gigs-201 CREATED-True]",
    ),
    Breakage(
        "a member gets the page of a visitor",
        'return not any(name in cookies for name in _OWN_COOKIES) and "HTTP_AUTHORIZATION" not in environ',
        "return True",
        "test_pages_for_members_are_no_copies[/jobs]",
    ),
    Breakage(
        "a list of before a write is kept after it",
        "        if version == self._version:\n            self._keep(key, copy)\n",
        "        self._keep(key, copy)\n",
        "test_what_was_asked_before_a_write_is_not_kept",
    ),
    Breakage(
        "a part of a page is given as the page",
        '            environ.get("HTTP_HX_REQUEST"),\n',
        "",
        "test_a_part_of_a_page_is_not_kept_as_the_page",
    ),
    Breakage(
        "a copy is given for ever",
        "        if copy and time.monotonic() - copy.made_at < MAX_AGE:\n",
        "        if copy:\n",
        "test_copies_grow_old_and_take_so_much_memory",
    ),
    Breakage(
        "copies take any amount of memory",
        "        while self._bytes > MAX_BYTES:\n",
        "        while False:\n",
        "test_copies_grow_old_and_take_so_much_memory",
    ),
    Breakage(
        "anybody makes a link that turns off e-mails",
        "URLSafeSerializer(secret_key, salt=purpose).loads(token)",
        "URLSafeSerializer(secret_key, salt=purpose).loads_unsafe(token)[1]",
        "test_a_link_that_nobody_was_sent_is_404",
    ),
    Breakage(
        "the link of an e-mail turns off all of them",
        'actions.switch_letters(db(), user_id, events, now(), on=turn == "on")',
        'actions.switch_letters(db(), user_id, EVENTS, now(), on=turn == "on")',
        "test_one_click_switches_off_letters_of_that_kind",
    ),
    Breakage(
        "following a link turns off e-mails",
        '    _, events = _meant_by(token)\n    return _unsubscribe_page(token, events, "ask")',
        '    unsubscribe(token)\n    return _unsubscribe_page(token, [], "ask")',
        "test_following_the_link_changes_nothing_and_the_page_does",
    ),
)
