"""Accounts, sessions, admins, shutting out, leaving, letters of accounts, profiles, notifications."""

from tests.breakages import Breakage

PEOPLE = (
    Breakage(
        "who is shut out signs in",
        "        or user.disabled_at\n",
        "",
        "test_a_disabled_account_does_not_sign_in",
    ),
    Breakage(
        "an address belongs to whoever writes it in capitals",
        "return text.strip().lower()",
        "return text.strip()",
        "test_an_address_is_kept_in_lower_case_and_belongs_to_one_account",
    ),
    Breakage(
        "a device is known without its key",
        "if session and session.key == key else None",
        "if session else None",
        "test_copied_cookies_are_dead_at_once",
    ),
    Breakage(
        "a copied refresh token ends no device",
        "if store.revoke_session(db, session.user_id, device_id, now):",
        "if False:",
        "test_a_very_old_refresh_token_ends_the_device",
    ),
    Breakage(
        "a refresh token that was replaced is good for ever",
        "return presented == ids.retired and ids.retired_until is not None and now < ids.retired_until",
        "return presented == ids.retired",
        "test_the_previous_refresh_token_stays_good_until_its_successor_came_and_a_while_longer",
    ),
    Breakage(
        "somebody ends a device of somebody else",
        '{"_id": session_id, "user_id": user_id, "revoked_at": None}, {"$set": {"revoked_at": now}}',
        '{"_id": session_id, "revoked_at": None}, {"$set": {"revoked_at": now}}',
        "test_nobody_ends_a_device_of_somebody_else",
    ),
    Breakage(
        "the settings ask for no password",
        "    if not password_matches(password, user.password_hash):\n",
        "    if False:\n",
        "test_the_current_password_is_asked",
    ),
    Breakage(
        "a reset leaves the devices of a thief signed in",
        "        confirmed(tx, user, now)\n        store.revoke_sessions(tx, user.id, now)",
        "        confirmed(tx, user, now)",
        "test_a_reset_signs_every_device_out",
    ),
    Breakage(
        "who has not confirmed their address acts",
        "    if user.unconfirmed:\n        raise EmailNotConfirmed(user.to_confirm)",
        "    if False:\n        raise EmailNotConfirmed(user.to_confirm)",
        "test_an_unconfirmed_account_looks_round_and_does_not_act",
    ),
    Breakage(
        "anybody is an admin",
        "    if not viewer.is_admin:\n        raise _only_admins()",
        "    if False:\n        raise _only_admins()",
        "test_admins_list_everybodys",
    ),
    Breakage(
        "an admin decides whose right has just ended",
        "if isinstance(admin, Viewer) and not store.touch_admin(tx, admin.user_id):",
        "if False:",
        "test_an_admin_whose_right_has_just_ended_decides_nothing",
    ),
    Breakage(
        "somebody deals with a person who was just shut out",
        "    if gone:\n        raise shut_out()",
        "    if False:\n        raise shut_out()",
        "test_no_act_with_or_of_somebody_who_was_just_shut_out[hire-freelancer]",
    ),
    Breakage(
        "who has an order leaves",
        "        if obstacles := _obstacles_of(tx, user.id, now):",
        "        if obstacles := []:",
        "test_an_agreement_under_way_keeps_both_sides",
    ),
    Breakage(
        "guesses of a password are not counted by account",
        '        limits.spend("login_account", _digest(email))',
        "        pass",
        "test_failed_sign_ins_are_limited_by_account",
    ),
    Breakage(
        "a profile has any number of pieces",
        "PORTFOLIO_MAX = 12",
        "PORTFOLIO_MAX = 13",
        "test_the_thirteenth_piece_is_refused",
    ),
    Breakage(
        "somebody marks the notifications of somebody else",
        'query: dict[str, object] = {"user_id": user_id, "read_at": None}',
        'query: dict[str, object] = {"read_at": None}',
        "test_nobody_marks_somebody_elses",
    ),
    Breakage(
        "everybody reads reports",
        "report is None or not viewer.is_admin or report.copy.whose == viewer.user_id:",
        "report is None:",
        "test_nobody_else_knows_of_reports",
    ),
    Breakage(
        "an admin reads who has reported them",
        "not viewer.is_admin or report.copy.whose == viewer.user_id:",
        "not viewer.is_admin:",
        "test_an_admin_reads_no_report_about_themselves",
    ),
    Breakage(
        "reading a report leaves no trace",
        'note_reading(db, viewer, READ, Subject("report", report.id), now, whose=report.copy.whose)',
        "pass",
        "test_reading_a_report_is_in_the_record",
    ),
    Breakage(
        "people report themselves",
        "    if copy.whose == viewer.user_id:\n",
        "    if False:\n",
        "test_nobody_reports_their_own[job]",
    ),
    Breakage(
        "the files of what was reported go with it",
        "        files.hold(tx, copy.file_ids, made.id, now)\n",
        "",
        "test_files_are_kept_for_as_long_as_the_report_is_open",
    ),
    Breakage(
        "a message that is hidden from somebody is in their report",
        'entry.kind == "text" and entry.is_shown_to(viewer.user_id)\n',
        'entry.kind == "text"\n',
        "test_what_is_hidden_is_neither_reported_nor_copied",
    ),
    Breakage(
        "a letter that is not urgent goes in quiet hours",
        "hours = Quiet(0, 0) if urgent or quiet is None else quiet",
        "hours = Quiet(0, 0)",
        "test_quiet_hours_of_one_day",
    ),
    Breakage(
        "another time zone leaves a letter at its old hour",
        '        if "time_zone" in changes:',
        "        if False:",
        "test_another_time_zone_is_another_hour",
    ),
    Breakage(
        "a group of the list is marked by the beginning of its address",
        'places = {"$gte": f"{page}#", "$lt": f"{page}$"}',
        'places = {"$gte": page, "$lt": f"{page}~"}',
        "test_programs_mark_what_is_about_one_thing",
    ),
    Breakage(
        "what is counted elsewhere is on the bell, too",
        "return EVENTS.counted_elsewhere.union(viewer.muted)",
        "return frozenset(viewer.muted)",
        "test_what_is_counted_elsewhere_is_in_the_list_and_in_letters_alone",
    ),
)
