"""Jobs, bids, hiring, services, buying, search, words, categories, questions, reviews, pictures."""

from tests.breakages import Breakage

MARKET = (
    Breakage(
        "an owner bids on the own job",
        "    if gig.owner_id == freelancer_id:\n",
        "    if False:\n",
        "test_nobody_bids_on_their_own_job",
    ),
    Breakage(
        "anybody reads the bids",
        "store.find_bids_on(db, jobs.own_job(db, viewer, gig_id).id, page)",
        "store.find_bids_on(db, jobs.get_job(db, gig_id).id, page)",
        "test_only_the_owner_reads_the_bids",
    ),
    Breakage(
        "a job takes one bid more than one hire can decide",
        "if gig.bid_count > BIDS_MAX:",
        "if gig.bid_count > BIDS_MAX + 1:",
        "test_a_job_takes_no_more_bids_than_one_hire_can_decide",
    ),
    Breakage(
        "a job is given away twice",
        '{"_id": gig_id, "owner_id": owner_id, "status": hire.source_filter}',
        '{"_id": gig_id, "owner_id": owner_id}',
        "test_a_hire_that_comes_again_is_409",
    ),
    Breakage(
        "anybody hires for a job",
        '{"_id": gig_id, "owner_id": owner_id, "status": hire.source_filter}',
        '{"_id": gig_id, "status": hire.source_filter}',
        "test_only_the_owner_hires",
    ),
    Breakage(
        "any key gets the answer of the winner",
        "if key and gig.hired_bid_id == bid.id and gig.hire_key == key:",
        "if key and gig.hired_bid_id == bid.id:",
        "test_the_winners_key_gets_the_winners_answer_again",
    ),
    Breakage(
        "a hire agrees to a price that nobody saw",
        "if self.price_minor not in (None, agreed.price_minor) or not is_same:",
        "if not is_same:",
        "test_the_price_that_one_saw",
    ),
    Breakage(
        "closing a job tells none of its bidders",
        "    for act in hooks.job_closed:\n        act(tx, closed, now)\n",
        "",
        "test_closing_rejects_the_bids_and_tells_their_freelancers",
    ),
    Breakage(
        "nobody looks at a service before it is live",
        'published: ServiceStatus = "pending" if rules.moderates_services else "live"',
        'published: ServiceStatus = "live"',
        "test_what_is_offered_waits",
    ),
    Breakage(
        "a service has a picture more",
        "if len(images) >= IMAGES_MAX:",
        "if len(images) > IMAGES_MAX:",
        "test_five_at_most",
    ),
    Breakage(
        "freelancers buy their own services",
        '    if service.owner_id == viewer.user_id:\n        raise Forbidden("You cannot buy',
        '    if False:\n        raise Forbidden("You cannot buy',
        "test_what_cannot_be_bought",
    ),
    Breakage(
        "who buys agrees to terms that nobody showed",
        '        seen.check(service, "service")\n        return unpaid',
        "        return unpaid",
        "test_an_old_purchase_is_not_paid_at_a_price_that_nobody_sees",
    ),
    Breakage(
        "what is searched for is a pattern",
        '"regex": {"$literal": re.escape(part)}',
        '"regex": {"$literal": part}',
        "test_a_common_part_is_no_pattern_either",
    ),
    Breakage(
        "a facet counts only its own value",
        '"category": msgspec.structs.replace(search, category=None),',
        '"category": search,',
        "test_facets_are_counts[small-{'category': 'data'}]",
    ),
    Breakage(
        "accents are no longer left out",
        'return char if char in _KANA_MARKS else ""',
        "return char",
        "test_case_and_accents_do_not_matter",
    ),
    Breakage(
        "a category counts what is not listed",
        'query = {"status": status, "category": category}',
        'query = {"category": category}',
        "test_what_is_listed_is_counted",
    ),
    Breakage(
        "the other side reads a hidden review",
        "return [each for each in found if each.revealed_at or each.author_id == viewer.user_id]",
        "return found",
        "test_hidden_until_both_have_written",
    ),
    Breakage(
        "a hidden review is on the profile of its subject",
        'return {"subject_id": subject_id, "side": {"$in": list(sides)}, **_REVEALED}',
        'return {"subject_id": subject_id, "side": {"$in": list(sides)}}',
        "test_hidden_until_both_have_written",
    ),
    Breakage(
        "the last moment to write a review is one too late",
        "if now >= closes_at(noted) or",
        "if now > closes_at(noted) or",
        "test_the_window",
    ),
    Breakage(
        "a review that time has revealed is answered in kind",
        "if now >= closes_at(noted) or any(each.revealed_at for each in others):",
        "if now >= closes_at(noted):",
        "test_time_reveals_what_stands_alone",
    ),
    Breakage(
        "a review is answered twice",
        '{"_id": review_id, "replied_at": None, **_REVEALED},',
        '{"_id": review_id, **_REVEALED},',
        "test_a_reply",
    ),
    Breakage(
        "a question is taken back after it was answered",
        '**({} if answered else {"answered_at": None})}',
        "}",
        "test_who_may_take_a_question_away",
    ),
    Breakage(
        "anybody takes a question away",
        "    if not always and viewer.user_id != question.asker_id:\n",
        "    if False:\n",
        "test_who_may_take_a_question_away",
    ),
    Breakage(
        "an admin takes away the answered question that they asked",
        "return viewer.is_admin and viewer.user_id not in (question.asker_id, service.owner_id)",
        "return viewer.is_admin and viewer.user_id != service.owner_id",
        "test_nobody_takes_away_an_answered_question_of_their_own_as_an_admin",
    ),
    Breakage(
        "a picture is used that may be gone",
        '{"_id": picture_id, "drop_at": {"$gt": now}}, {"$set": {"drop_at": None}}',
        '{"_id": picture_id}, {"$set": {"drop_at": None}}',
        "test_a_picture_that_may_be_gone_is_not_used",
    ),
    Breakage(
        "the pictures of everybody go with one person",
        'stays = {"owner_id": owner_id, "$or":',
        'stays = {"$or":',
        "test_with_a_person_all_their_pictures_go",
    ),
    Breakage(
        "the address of a picture can be guessed",
        "id=ObjectId(secrets.token_bytes(12)),",
        "id=ObjectId(),",
        "test_the_address_of_a_picture_says_nothing_of_the_next",
    ),
)
