"""Services: work that freelancers offer, moderated, bought."""
