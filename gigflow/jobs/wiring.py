"""How jobs are put together with the rest."""

from gigflow.accounts.hooks import leaving
from gigflow.accounts.parts import ends_each
from gigflow.files.hooks import may_read
from gigflow.jobs import actions, hooks, pages
from gigflow.orders.hooks import order_paid
from gigflow.wiring import Wiring

WIRING = Wiring(
    hooks=(hooks.job_changed, hooks.job_assigned, hooks.job_closed),
    takes=(
        *order_paid.by(actions.count_paid),
        *may_read.by("job", actions.may_read_files),
        *leaving.by(ends_each("open jobs closed", "job", actions.open_jobs_left, actions.close_job_of)),
    ),
    blueprints=(pages.pages,),
)
