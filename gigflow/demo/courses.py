"""How the orders of the demo go: most of them well, some of them not, each by a chance of its own."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import cycle
from random import Random

from gigflow.demo.gigs import Moment, in_milliseconds
from gigflow.demo.orders import MadeOrder
from gigflow.demo.script import OrderWords, ReviewText

# How often clients ask for changes, let time accept for them, and how often the two sides review each other.
REVISED, SILENT, CLIENT_WRITES, FREELANCER_WRITES = 0.25, 0.06, 0.92, 0.85

# How an order goes that is agreed on by chance: with its title, from the first moment at which it could be.
Course = Callable[[MadeOrder, str, datetime], Iterator[Moment]]


class Courses:
    """How orders go after their agreement, at a given moment; the chance depends on `title`.

    What is said is taken in turn, at the moment at which it is said.
    """

    def __init__(self, words: OrderWords) -> None:
        self._notes = cycle(words.notes)
        self._changed = cycle(words.changed)
        self._changes = cycle(words.changes)
        self._of_freelancers = cycle(words.of_freelancers)
        self._of_clients = cycle(words.of_clients)
        self._troubles = words.troubles

    def well(
        self,
        order: MadeOrder,
        title: str,
        at: datetime,
        *,
        days: int,
        revisable: bool = True,
        said: ReviewText | None = None,
    ) -> Iterator[Moment]:
        """Paid, delivered within some `days`, accepted, reviewed by most; `said` is what the client is sure to say."""
        chance = Random(title)  # noqa: S311 - it must be the same at every fill
        yield at, order.agree
        at = _later(at, chance.uniform(0.3, 20))
        yield at, order.pay
        at = _later(at, 24 * days * chance.uniform(0.3, 0.95))
        yield at, partial(order.deliver, self._notes, 1)
        if revisable and chance.random() < REVISED:
            at = _later(at, chance.uniform(3, 30))
            yield at, partial(order.ask_for_changes, self._changes)
            at = _later(at, chance.uniform(8, 50))
            yield at, partial(order.deliver, self._changed, 2)
        if not said and chance.random() < SILENT:
            return
        at = _later(at, chance.uniform(3, 50))
        yield at, order.accept
        of_freelancer = iter((said,)) if said else self._of_freelancers
        written_at = []
        if said or chance.random() < CLIENT_WRITES:
            written_at.append(_later(at, chance.uniform(1, 60)))
            yield written_at[0], partial(order.be_reviewed, "client", of_freelancer)
        if chance.random() < FREELANCER_WRITES:
            written_at.append(_later(at, chance.uniform(1, 80)))
            yield written_at[-1], partial(order.be_reviewed, "freelancer", self._of_clients)
        if len(written_at) == 2:
            yield _later(max(written_at), chance.uniform(3, 40)), order.answer_reviews

    def begun(self, order: MadeOrder, at: datetime, delivered_at: datetime | None) -> Iterator[Moment]:
        """Paid within the hour, and perhaps delivered; nobody has looked at that yet."""
        yield at, order.agree
        yield _later(at, 0.8), order.pay
        if delivered_at:
            yield delivered_at, partial(order.deliver, self._notes, 1)

    def unpaid(self, order: MadeOrder, title: str, at: datetime, *, agreed_at: datetime) -> Iterator[Moment]:
        """Let an order be agreed on later than it could have been, and not paid yet."""
        yield agreed_at, order.agree

    def cancelled(self, order: MadeOrder, title: str, at: datetime) -> Iterator[Moment]:
        """Given up by the freelancer, and the client agrees."""
        yield at, order.agree
        yield _later(at, 3), order.pay
        yield _later(at, 50), partial(order.cancel, self._troubles.cancel)
        yield _later(at, 61), order.agree_to_cancel

    def settled(self, order: MadeOrder, title: str, at: datetime) -> Iterator[Moment]:
        """Let an order be disputed after the second delivery; the numbers meet in the second round."""
        says = self._troubles
        yield at, order.agree
        yield _later(at, 5), order.pay
        yield _later(at, 120), partial(order.deliver, self._notes, 1)
        yield _later(at, 140), partial(order.ask_for_changes, self._changes)
        yield _later(at, 180), partial(order.deliver, self._changed, 2)
        yield _later(at, 200), partial(order.dispute, says.dispute)
        yield _later(at, 204), partial(order.name_number, "freelancer", 85)
        yield _later(at, 210), partial(order.name_number, "client", 60)
        yield _later(at, 226), partial(order.name_number, "client", 70)
        yield _later(at, 230), partial(order.name_number, "freelancer", 65)
        yield _later(at, 240), partial(order.be_reviewed, "client", iter((says.settled,)))
        yield _later(at, 260), partial(order.be_reviewed, "freelancer", iter((says.settled_client,)))

    def disputed(
        self, order: MadeOrder, title: str, at: datetime, *, disputed_at: datetime
    ) -> Iterator[Moment]:
        """Let an order be disputed after a late delivery; one side has named its number in the first round."""
        yield at, order.agree
        yield _later(at, 5), order.pay
        yield _later(disputed_at, -30), partial(order.deliver, self._notes, 1)
        yield disputed_at, partial(order.dispute, self._troubles.late_dispute)
        yield _later(disputed_at, 5), partial(order.name_number, "freelancer", 90)


def _later(moment: datetime, hours: float) -> datetime:
    return in_milliseconds(moment + timedelta(hours=hours))
