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
)
