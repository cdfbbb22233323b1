"""Changes of state as data: who may do what, from where to where (docs/states.md).

Each feature declares one `Lifecycle`; its store takes the states for its conditional updates from there, and the
documentation's table and the tests read the same rows. A change that is not in the table cannot be written.
"""

import msgspec

AS_IT_WAS = "as it was"  # the target of what changes something without changing the state


class Transition(msgspec.Struct, frozen=True):
    """One row: `actor` does `name`, which takes the entity from one of `sources` to `target`.

    `at_most` is how often each of them may do it to one entity: each repeat leaves a line, and no document may grow
    without end (docs/decisions/0028).
    """

    name: str
    actor: str
    sources: tuple[str, ...]
    target: str
    effects: tuple[str, ...] = ()
    at_most: int | None = None

    @property
    def actors(self) -> list[str]:
        """Everybody who may do it."""
        return self.actor.split(" or ")

    @property
    def source_filter(self) -> str | dict[str, list[str]]:
        """The condition on `status` that every update for this transition carries."""
        return self.sources[0] if len(self.sources) == 1 else {"$in": list(self.sources)}


class Lifecycle:
    """All transitions of one entity, by name."""

    def __init__(self, entity: str, *transitions: Transition) -> None:
        self.entity = entity
        self.transitions = {transition.name: transition for transition in transitions}

    def __getitem__(self, name: str) -> Transition:
        return self.transitions[name]
