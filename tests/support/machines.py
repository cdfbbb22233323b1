"""State machines of Hypothesis against real processes."""

from collections.abc import Callable

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test


def run_machine(make: Callable[[], RuleBasedStateMachine], *, lives: int, steps: int) -> None:
    """Let a machine live so many times, at most so many steps each."""
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        make,
        settings=settings(
            max_examples=lives,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            # A failure is told as it was found: shrinking it would take longer than a test may.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
