"""Events that the sandbox did not send, sent too long ago or will send tomorrow are refused (SECURITY 21)."""

import msgspec
import pytest

from gigflow.payments.gateway import BadSignature
from gigflow.payments.models import EVENT_AGE, EVENT_AHEAD
from gigflow.sandbox.gateway import SandboxGateway
from gigflow.sandbox.signatures import HEADER, sign
from tests.sandbox.conftest import SECRET

NOW = 1_795_000_000
DATA = {
    "payment_id": "f" * 24,
    "session_id": "ss_1",
    "charge_id": "ch_1",
    "amount_minor": 500,
    "currency": "USD",
}
BODY = msgspec.json.encode({"id": "evt_1", "type": "checkout.paid", "created": NOW, "data": DATA})


def read(gateway: SandboxGateway, body: bytes, signature: str | None) -> object:
    return gateway.read_event(body, {HEADER: signature} if signature is not None else {}, NOW + 0.5)


def test_an_event_is_read(gateway: SandboxGateway) -> None:
    event = gateway.read_event(BODY, {HEADER: sign(SECRET, BODY, NOW)}, NOW + 0.5)
    assert msgspec.to_builtins(event) == {
        **DATA,
        "id": "evt_1",
        "kind": "paid",
        "transfer_id": None,
        "why": "",
        "ref": None,
        "call": None,
        "stage": None,
    }


@pytest.mark.parametrize(
    ("kind", "read_as"),
    [
        ("checkout.paid", "paid"),
        ("checkout.expired", "expired"),
        ("refund.made", "refund_made"),
        ("refund.failed", "refund_failed"),
        ("chargeback.opened", "chargeback"),
        ("chargeback.closed", "chargeback"),
        ("transfer.failed", "payout_failed"),
        ("something.new", "other"),
    ],
)
def test_kinds_of_events(gateway: SandboxGateway, kind: str, read_as: str) -> None:
    body = msgspec.json.encode({"id": "evt_2", "type": kind, "created": NOW, "data": {}})
    assert gateway.read_event(body, {HEADER: sign(SECRET, body, NOW)}, NOW).kind == read_as


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "t=,v1=",
        f"t={NOW}",
        f"t={NOW},v1=",
        f"t={NOW},v1={'0' * 64}",
        f"t={NOW},v1=é{'0' * 63}",
        sign("another secret of the same length 012345", BODY, NOW),
        sign(SECRET, BODY + b" ", NOW),
        sign(SECRET, BODY, NOW - 1).replace(f"t={NOW - 1}", f"t={NOW}"),
        sign(SECRET, BODY, NOW) + " ",
        sign(SECRET, BODY, NOW).upper(),
        sign(SECRET, BODY, NOW) + "," + sign(SECRET, BODY, NOW),
        sign(SECRET, BODY, NOW - int(EVENT_AGE.total_seconds())),
        sign(SECRET, BODY, NOW + int(EVENT_AHEAD.total_seconds()) + 1),
    ],
)
def test_a_bad_signature_is_refused(gateway: SandboxGateway, signature: str | None) -> None:
    with pytest.raises(BadSignature):
        read(gateway, BODY, signature)


@pytest.mark.parametrize("off", [1 - int(EVENT_AGE.total_seconds()), int(EVENT_AHEAD.total_seconds())])
def test_clocks_may_differ_a_little(gateway: SandboxGateway, off: int) -> None:
    assert read(gateway, BODY, sign(SECRET, BODY, NOW + off))


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"nonsense", b"\xff", b"{}", BODY.replace(b"500", b'"500"'), BODY.replace(b"ch_1", b"\xff")],
)
def test_what_is_no_event_is_refused_though_it_is_signed(gateway: SandboxGateway, body: bytes) -> None:
    with pytest.raises(BadSignature):
        read(gateway, body, sign(SECRET, body, NOW))
