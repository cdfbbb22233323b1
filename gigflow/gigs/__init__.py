"""Work on the market, jobs and services: posted, offered, moderated, found, bought."""
