"""Conversations: their numbers, who hears of what, blocks, changes, files, search."""

from tests.breakages import Breakage

TALK = (
    Breakage(
        "who is waited for in an archived conversation is named on the home page",
        'due = {"waits_for": user_id, "inbox_of": user_id, ',
        'due = {"waits_for": user_id, ',
        "test_nobody_waits_where_one_has_answered_muted_or_archived",
    ),
    Breakage(
        "an order stands on two pages of a conversation",
        "conversation, found, part.since, is_end=part.newer is None)",
        "conversation, found, None, is_end=part.newer is None)",
        "test_each_stands_on_one_page_alone",
    ),
    Breakage(
        "orders with other people stand in a conversation",
        'query = {**_shared(one_id, other_id, only), **({"created_at"',
        'query = {**{"gig_id": only.get("gig_id")}, **({"created_at"',
        "test_orders_of_others_stand_in_no_thread",
    ),
    Breakage(
        "an admin reads the conversation of any order",
        "order.side_of(viewer.user_id) is None and order.dispute_id is not None",
        "order.side_of(viewer.user_id) is None",
        "test_without_a_dispute_there_is_nothing_to_read",
    ),
    Breakage(
        "reading a conversation leaves no trace",
        '    note_reading(db, admin, READ, Subject("order", order.id), now, **order.sides)\n',
        "",
        "test_each_reading_is_in_the_record",
    ),
    Breakage(
        "an admin gets any file through any conversation",
        "file is None or entry is None or entry.conversation_id != conversation.id:",
        "file is None:",
        "test_files_come_through_it",
    ),
    Breakage(
        "files that were sent under a block are had during the block",
        "return conversation is not None and not conversation.is_blocked_by(viewer.user_id)\n",
        "return True\n",
        "test_hidden_files_are_opened_as_the_words_are",
    ),
    Breakage(
        "a message is sent though somebody has blocked its sender since",
        '"people": user_id, "blocked_by": read.blocked_by, "left": read.left}',
        '"people": user_id, "left": read.left}',
        "test_a_block_meanwhile_hides_the_message",
    ),
    Breakage(
        "a message is sent though somebody has left since",
        '"people": user_id, "blocked_by": read.blocked_by, "left": read.left}',
        '"people": user_id, "blocked_by": read.blocked_by}',
        "test_nothing_is_sent_to_somebody_who_left_meanwhile",
    ),
    Breakage(
        "a message whose answer was lost is refused once the door has closed",
        "            if known := _sent_before(db, viewer, conversation, message):\n",
        "            if known := None:\n",
        "test_an_answer_that_was_lost_is_made_good_after_the_other_has_left",
    ),
    Breakage(
        "other files are the same message",
        "if entry.first_text != message.text or entry.file_ids != list(message.file_ids):",
        "if entry.first_text != message.text:",
        "test_other_files_under_the_same_client_id_are_refused",
    ),
    Breakage(
        "what somebody writes reaches the person who has blocked them",
        "            hidden=hidden,\n            muted=",
        "            hidden=False,\n            muted=",
        "test_what_a_blocked_person_sends_stays_with_them",
    ),
    Breakage(
        "the socket of the person who has blocked somebody rings",
        "if entry.is_shown_to(user_id) and self._realtime.is_anybody_in(room):",
        "if self._realtime.is_anybody_in(room):",
        "test_the_blocker_is_told_of_nothing",
    ),
    Breakage(
        "what is read under a block is shown as seen",
        'unblocked = {"$eq": [{"$size": "$blocked_by"}, 0]}',
        "unblocked = True",
        "test_nothing_more_is_seen_or_typed_under_a_block",
    ),
    Breakage(
        "what arrives under a block is shown as delivered",
        '        "blocked_by": [],\n        f"{mark}.{me}"',
        '        f"{mark}.{me}"',
        "test_nothing_more_is_seen_or_typed_under_a_block",
    ),
    Breakage(
        "a message is not counted",
        'change["$inc"][f"unread.{you}"] = 1',
        'change["$inc"][f"unread.{you}"] = 0',
        "test_what_arrived_is_unread_until_it_is_read",
    ),
    Breakage(
        "what is read leaves a notice that came meanwhile",
        'condition |= {f"told.{me}.open": {"$ne": True}} if forward else',
        "condition |= {} if forward else",
        "test_a_notice_that_came_meanwhile_is_not_overlooked",
    ),
    Breakage(
        "a muted conversation is told",
        "is_new and reader_id not in conversation.muted_for",
        "is_new",
        "test_a_muted_conversation_tells_nothing",
    ),
    Breakage(
        "a message is changed for ever",
        " and entry.created_at > now - CHANGE_WITHIN",
        "",
        "test_after_five_minutes_it_stays",
    ),
    Breakage(
        "a stranger sends four messages",
        "UNANSWERED_MAX = 3",
        "UNANSWERED_MAX = 4",
        "test_a_stranger_hears_three_messages_until_they_answer",
    ),
    Breakage(
        "somebody writes to six strangers a day",
        "if count > STRANGERS_MAX and first:",
        "if count > STRANGERS_MAX + 1 and first:",
        "test_five_strangers_a_day_under_parallel_openings",
    ),
    Breakage(
        "files of a message that was taken back are still to be had",
        "if entry is None or entry.retracted_at or viewer.user_id",
        "if entry is None or viewer.user_id",
        "test_what_is_taken_back_is_had_by_nobody",
    ),
    Breakage(
        "anybody reads a conversation",
        "if found is None or viewer.user_id not in found.people:",
        "if found is None:",
        "test_a_stranger_is_told_nothing",
    ),
    Breakage(
        "search finds what is hidden from the person who searches",
        '"retracted_at": None, "$and": [shown, *words]}',
        '"retracted_at": None, "$and": words}',
        "test_what_is_hidden_is_found_by_its_sender_alone",
    ),
    Breakage(
        "somebody types in a conversation that they do not watch",
        "if viewer is None or self._realtime.room_watched(KIND, conversation_id) != room:",
        "if viewer is None:",
        "test_a_stranger_neither_watches_nor_types",
    ),
    Breakage(
        "the words of an order go with one of its two sides",
        "forgets = not any(",
        "forgets = True or any(",
        "test_the_words_of_an_order_stay",
    ),
)
