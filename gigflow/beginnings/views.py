"""The first steps of somebody who is new, as their home page shows them."""

from typing import get_args

from flask import url_for

from gigflow.accounts import actions as accounts
from gigflow.accounts.models import User, Viewer
from gigflow.beginnings.models import Step
from gigflow.bids import actions as bids
from gigflow.core.clock import now as at_this_moment
from gigflow.core.paging import PageRequest
from gigflow.gigs.models import JobStatus
from gigflow.jobs import actions as jobs
from gigflow.orders import actions as orders
from gigflow.services import actions as services
from gigflow.web.runtime import db, runtime

STEPS_DAYS = 30  # of an account that is shown first steps
_ONE = PageRequest(1)
JOB_STATES = get_args(JobStatus)


def first_steps(reader: Viewer) -> list[Step]:
    """Return the first steps of somebody who is new, by what they came for; none if all are done, if they have had
    enough of them, or if they have been here for a while.
    """
    if (at_this_moment() - reader.user_id.generation_time).days >= STEPS_DAYS:
        return []
    user = accounts.own_user(db(), reader)
    if user.steps_dismissed_at:
        return []
    steps = list(_steps_of(user, reader))
    return [] if all(step.is_done for step in steps) else steps


def _steps_of(user: User, reader: Viewer) -> list[Step]:
    steps = []
    if user.unconfirmed or runtime().settings.confirms_addresses:
        steps.append(
            Step(
                "Confirm your e-mail address",
                "See your account",
                url_for("accounts.account"),
                not user.unconfirmed,
            )
        )
    if user.intent != "freelancer":
        has_job = bool(jobs.jobs_of(db(), reader, _ONE, JOB_STATES).rows) or any(
            orders.counts_of(db(), reader, "client").values()
        )
        steps.append(Step("Post a job, or buy a service", "Post a job", url_for("gigs.new"), has_job))
    if user.intent != "client":
        is_told = bool(user.headline and user.skills)
        steps.append(
            Step("Say what you do, and your skills", "Edit your profile", url_for("profiles.edit"), is_told)
        )
        offers = bool(
            bids.bids_of(db(), reader, _ONE).rows
            or services.services_of(db(), reader.user_id, reader, _ONE).rows
        )
        steps.append(Step("Send a bid, or offer a service", "Find work", url_for("market.jobs"), offers))
    if user.intent == "client":
        steps.append(
            Step(
                "Add a picture, so that freelancers know who asks",
                "Edit your profile",
                url_for("profiles.edit"),
                bool(user.picture_id),
            )
        )
    return steps
