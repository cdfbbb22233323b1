"""Hooks: what a feature asks of features that it does not know.

A feature declares its hooks in `hooks.py`, each once and typed. Features that act on one say so in their `wiring.py`.
`gigflow.features.wire` puts them together, in the order of its list; until then every hook refuses to be called.
"""

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, ParamSpec, TypeVar

import msgspec

Taker = TypeVar("Taker")
Args = ParamSpec("Args")
Result = TypeVar("Result")


class NotWired(LookupError):
    """A hook does not have the takers that it needs; the message names it."""


class Taken(msgspec.Struct, frozen=True):
    """Somebody acts on a hook; `key` says for which kind of thing, if each kind has its own."""

    hook: "Hook[Any]"
    taker: Any
    key: str = ""


class Hook(Generic[Taker]):
    """What happens, in the words of the feature in which it happens, and who acts on it."""

    how_many = "any number"

    def __init__(self, name: str, doc: str) -> None:
        self.name, self.doc = name, inspect.cleandoc(doc)
        self._taken: tuple[Taken, ...] | None = None

    @property
    def taken(self) -> tuple[Taken, ...]:
        """Who acts on it, in order. Raises NotWired if this process has not put its features together."""
        if self._taken is None:
            raise NotWired(f"the hook {self.name} is not wired: call gigflow.features.wire() first")
        return self._taken

    def wire(self, taken: Sequence[Taken]) -> None:
        """Set who acts on it. Raises NotWired if those are not the takers that it needs."""
        self.check(taken)
        self._taken = tuple(taken)

    def check(self, taken: Sequence[Taken]) -> None:
        """Raise NotWired if these are not the takers that the hook needs."""


class Many(Hook[Taker]):
    """A hook on which any number of features act, one after another."""

    def by(self, *takers: Taker) -> tuple[Taken, ...]:
        """Say who acts on it."""
        return tuple(Taken(self, each) for each in takers)

    def __iter__(self) -> Iterator[Taker]:
        return (each.taker for each in self.taken)


class One(Hook[Callable[Args, Result]], Generic[Args, Result]):
    """A hook on which exactly one feature acts: the answer is needed."""

    how_many = "exactly one"

    def by(self, taker: Callable[Args, Result]) -> tuple[Taken, ...]:
        """Say who acts on it."""
        return (Taken(self, taker),)

    def __call__(self, *args: Args.args, **kwargs: Args.kwargs) -> Result:
        taker: Callable[Args, Result] = self.taken[0].taker
        return taker(*args, **kwargs)

    def check(self, taken: Sequence[Taken]) -> None:
        """Raise NotWired unless there is exactly one."""
        if len(taken) != 1:
            raise NotWired(f"the hook {self.name} needs exactly one taker and has {len(taken)}")


class OneForEach(Hook[Callable[Args, Result]], Generic[Args, Result]):
    """A hook on which exactly one feature acts for each kind of thing. The kinds in `keys` must have theirs."""

    how_many = "one for each kind"

    def __init__(self, name: str, doc: str, keys: Sequence[str]) -> None:
        super().__init__(name, doc)
        self.keys = keys

    def by(self, key: str, taker: Callable[Args, Result]) -> tuple[Taken, ...]:
        """Say who acts on it for one kind of thing."""
        return (Taken(self, taker, key),)

    def get(self, key: str) -> Callable[Args, Result] | None:
        """Who acts on it for this kind of thing, or None."""
        return next((each.taker for each in self.taken if each.key == key), None)

    def __getitem__(self, key: str) -> Callable[Args, Result]:
        taker = self.get(key)
        if taker is None:
            raise KeyError(key)
        return taker

    def check(self, taken: Sequence[Taken]) -> None:
        """Raise NotWired if a kind has more than one, or one of `keys` has none."""
        kinds = [each.key for each in taken]
        for kind in {*self.keys, *kinds}:
            if kinds.count(kind) != 1:
                raise NotWired(
                    f"the hook {self.name} needs exactly one taker for “{kind}” and has {kinds.count(kind)}"
                )


def many(declared: Callable[Args, Result]) -> Many[Callable[Args, Result]]:
    """Declare a hook by a function's name, parameters and docstring; any number may act on it."""
    return Many(_name_of(declared), declared.__doc__ or "")


def one(declared: Callable[Args, Result]) -> One[Args, Result]:
    """Declare a hook by a function's name, parameters and docstring; exactly one has to act on it."""
    return One(_name_of(declared), declared.__doc__ or "")


def one_for_each(*keys: str) -> Callable[[Callable[Args, Result]], OneForEach[Args, Result]]:
    """Declare a hook on which exactly one feature acts for each kind of thing, at least for each of `keys`."""

    def declare(declared: Callable[Args, Result]) -> OneForEach[Args, Result]:
        return OneForEach(_name_of(declared), declared.__doc__ or "", keys)

    return declare


def _name_of(declared: Callable[..., Any]) -> str:
    """Such as "payments.paid"."""
    return f"{declared.__module__.split('.')[-2]}.{declared.__name__}"
