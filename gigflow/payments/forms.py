"""What paying and being paid take."""

from wtforms.validators import Length

from gigflow.payments.models import IDEMPOTENCY_KEY_MAX
from gigflow.web.brief_forms import BriefForm
from gigflow.web.fields import MoneyField, TextField, WholeNumberField
from gigflow.web.forms import Form


class CheckoutForm(BriefForm):
    """What is paid for: a service that is bought with it, or an order; the price and the version as they were seen; and
    the brief of a service. The version is that of the service, or, if an order's brief is sent, of the order.
    """

    gig_id = TextField("Service")
    order_id = TextField("Order")
    price = MoneyField("Price", required=False)
    version = WholeNumberField("Version", least=1, most=2**31)


class PayoutForm(Form):
    """How much should go to the bank; all of the balance if nothing is said."""

    amount = MoneyField("Amount", required=False, description="Leave empty to withdraw everything.")


class PayoutPageForm(PayoutForm):
    """The page names the amount, so that nobody withdraws everything by one press, and carries the key that heals a
    lost answer.
    """

    amount = MoneyField("Amount")
    idempotency_key = TextField("Key", [Length(max=IDEMPOTENCY_KEY_MAX)])
