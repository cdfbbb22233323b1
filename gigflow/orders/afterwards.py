"""What the payment provider does by itself to a paid order, before and after its end (decision 31)."""

from gigflow.core.transitions import AS_IT_WAS, Transition

_WORKED_ON = ("in_progress", "delivered")
_ENDED = ("completed", "cancelled")
# Money that the provider gave back cannot be released, so an admin decides.
AFTERWARDS = (
    Transition("hold_back", "provider", _WORKED_ON, "disputed", ("a dispute opens", "less is held")),
    Transition("reverse", "provider", ("disputed",), AS_IT_WAS, ("less is held",)),
    Transition("restore", "provider", ("disputed",), AS_IT_WAS, ("more is held",)),
    Transition("lose", "provider", _ENDED, AS_IT_WAS, ("the freelancer's balance is in doubt",)),
    Transition("recover", "provider", _ENDED, AS_IT_WAS, ("the balance is no longer in doubt",)),
    Transition("settle_loss", "admin", _ENDED, AS_IT_WAS, ("the balance is no longer in doubt",)),
    Transition("miss_refund", "provider", _ENDED, AS_IT_WAS, ("the money is still the client's",)),
    Transition("refund_again", "admin", _ENDED, AS_IT_WAS, ("the money goes to the client again",)),
)
