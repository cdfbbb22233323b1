"""Signing up, in and out, and the settings of the account, for people."""

from flask import Blueprint, Response, request, url_for

from gigflow.accounts import actions, arriving, credentials, devices, leaving
from gigflow.accounts.forms import (
    DeleteForm,
    EmailForm,
    ForgotForm,
    PasswordForm,
    ResetPageForm,
    SignInPageForm,
    SignUpPageForm,
    ZoneForm,
)
from gigflow.accounts.sign_in import (
    change_email_with,
    change_password_with,
    confirm_email_with,
    delete_account_with,
    forgot_with,
    reset_with,
    send_confirmation,
    sign_in_with,
    sign_up_with,
)
from gigflow.accounts.views import confirm_page, device_rows
from gigflow.core.clock import now
from gigflow.core.db import object_id
from gigflow.core.errors import Conflict, Invalid, NotSignedIn
from gigflow.web.auth import end_device as forget_cookies
from gigflow.web.auth import signed_in
from gigflow.web.forms import Form
from gigflow.web.htmx import go, render, render_question, wants_fragment
from gigflow.web.marks import never_limited
from gigflow.web.runtime import db, person, viewer
from gigflow.web.security import safe_next

pages = Blueprint("accounts", __name__)

_NOTICES = {
    "reset": "Your password is changed and all devices are signed out. Sign in with the new one.",
    "address_confirmed": "Your e-mail address is confirmed. Sign in to continue.",
    "confirmed": "Your new e-mail address is confirmed. Sign in with it from now on.",
    "deleted": "Your account is deleted. Thank you for your time with us.",
}


@pages.get("/register")
def register() -> Response:
    """Show the form for a new account."""
    if viewer():
        return go(url_for("home.show"))
    form = SignUpPageForm(data={"next": request.args.get("next"), "intent": request.args.get("intent")})
    return _sign_up_page(form)


@pages.post("/register")
def create() -> Response:
    """Make the account and go on to where the person was going."""
    form = SignUpPageForm()
    user = form.perform(lambda: sign_up_with(form, form.zone()))
    if user is None:
        return _sign_up_page(form)
    began = arriving.arrive(user, now(), is_here=True)
    return go(began or safe_next(form.next.data))


@pages.get("/login")
def login() -> Response:
    """Show the form to sign in."""
    target = request.args.get("next")
    if viewer():
        return go(safe_next(target))
    return _sign_in_page(SignInPageForm(data={"next": target}))


@pages.post("/login")
def enter() -> Response:
    """Sign in and go on to where the person was going."""
    form = SignInPageForm()
    try:
        user = form.perform(lambda: sign_in_with(form))
    except NotSignedIn as error:
        form.refuse(error)
        form.status = 401
        user = None
    if user is None:
        return _sign_in_page(form)
    return go(arriving.arrive(user, now(), is_here=True) or safe_next(form.next.data))


@pages.post("/logout")
@never_limited
def logout() -> Response:
    """End this device and show the start page."""
    known = viewer()
    if known:
        devices.sign_out(db(), known, now())
    forget_cookies()
    return go(url_for("home.show"))


@pages.get("/forgot")
def forgot() -> Response:
    """Show the form to ask for a new password."""
    return _forgot_page(ForgotForm(formdata=None))


@pages.post("/forgot")
def ask_reset() -> Response:
    """Post the letter, and say what happens next: the same for every address (SECURITY 7)."""
    form = ForgotForm()
    form.perform(lambda: forgot_with(form))
    return _forgot_page(form, sent_to=form.email.data if form.status == 200 else None)


@pages.get("/reset/<token>")
def reset_form(token: str) -> Response:
    """Show the form for a new password, as long as the link works."""
    return _reset_page(ResetPageForm(formdata=None), token)


@pages.post("/reset/<token>")
def reset(token: str) -> Response:
    """Take the new password; the link is used up."""
    form = ResetPageForm()
    if not form.perform(lambda: reset_with(form, token)):
        return _reset_page(form, token)
    forget_cookies()
    return go(url_for("accounts.login", notice="reset"))


@pages.get("/confirm/<token>")
def confirm_form(token: str) -> Response:
    """Ask whether to change to the new address: following a link must change nothing, since mail programs do it too."""
    return confirm_page(token)


@pages.post("/confirm/<token>")
def confirm(token: str) -> Response:
    """Use the new address from now on."""
    try:
        user = confirm_email_with(token)
    except (Invalid, Conflict) as error:
        return confirm_page(token, problem=error.message, status=400 if isinstance(error, Invalid) else 409)
    known = viewer()
    began = arriving.arrive(user, now(), is_here=bool(known and known.user_id == user.id))
    if known and known.user_id != user.id:
        return confirm_page(
            token, done=True
        )  # somebody else is signed in here, who has nothing to do with it
    if user.unconfirmed and not user.email_change:  # the address that they joined with
        out = [] if known else arriving.out_of(user)
        if out:
            return confirm_page(token, out=out, begun_path=began)
        first = known and (began or url_for("accounts.account", confirmed=1))
        return go(first or url_for("accounts.login", notice="address_confirmed", next=began))
    return go(
        url_for("accounts.account", saved=1) if known else url_for("accounts.login", notice="confirmed")
    )


@pages.get("/settings")
def settings() -> Response:
    """Show the first section."""
    return go(url_for("profiles.edit"))


@pages.get("/settings/account")
@signed_in
def account() -> Response:
    """Show address, time zone, and the way out."""
    return _account_page(saved="saved" in request.args, sent="sent" in request.args)


@pages.post("/settings/account/email")
@signed_in
def change_email() -> Response:
    """Post a letter that confirms the new address."""
    form = EmailForm()
    form.perform(lambda: change_email_with(form))
    if form.status == 200 and not wants_fragment():
        return go(url_for("accounts.account"))
    return _account_page(email_form=form if form.status != 200 else None, status=form.status)


@pages.post("/settings/account/email/cancel")
@signed_in
def cancel_email() -> Response:
    """Stay with the old address."""
    credentials.cancel_email_change(db(), person())
    return _account_page() if wants_fragment() else go(url_for("accounts.account"))


@pages.post("/settings/account/email/send")
@signed_in
def send_again() -> Response:
    """Send the letter that confirms the viewer's address again."""
    form = Form()
    form.perform(send_confirmation)
    if form.status == 200 and not wants_fragment():
        return go(url_for("accounts.account", sent=1))
    problem = next(iter(form.form_errors), None)
    return _account_page(
        fragment="accounts/_unconfirmed.html", status=form.status, sent=problem is None, problem=problem
    )


@pages.post("/settings/account/time-zone")
@signed_in
def change_time_zone() -> Response:
    """Show times in another zone."""
    form = ZoneForm()
    form.perform(lambda: actions.change_user(db(), person(), {"time_zone": form.time_zone.data}, now()))
    if form.status == 200:
        # Every time on the page may have changed.
        return go(url_for("accounts.account", saved=1))
    return _account_page(zone_form=form, fragment="accounts/_zone.html", status=form.status)


@pages.get("/settings/account/delete")
@signed_in
def ask_delete() -> Response:
    """Ask for the password before the account is deleted, and say what goes and what stays."""
    return _delete_page(DeleteForm(formdata=None))


@pages.post("/settings/account/delete")
@signed_in
def delete() -> Response:
    """Delete the account for good."""
    form = DeleteForm()
    form.perform(lambda: delete_account_with(form))
    return _delete_page(form) if form.status != 200 else go(url_for("accounts.login", notice="deleted"))


@pages.get("/settings/password")
@signed_in
def password() -> Response:
    """Show the form for another password."""
    return _password_page(PasswordForm(formdata=None), saved="saved" in request.args)


@pages.post("/settings/password")
@signed_in
@never_limited
def change_password() -> Response:
    """Take another password; this device gets new tokens."""
    form = PasswordForm()
    form.perform(lambda: change_password_with(form))
    if form.status != 200:
        return _password_page(form)
    # A whole page, so that its socket comes back with the new tokens.
    return go(url_for("accounts.password", saved=1))


@pages.get("/settings/devices", endpoint="devices")
@signed_in
def list_devices() -> Response:
    """Show where the viewer is signed in."""
    return _devices_page()


@pages.post("/settings/devices/<device_id>/end")
@signed_in
@never_limited
def end_device(device_id: str) -> Response:
    """Sign one device out; if it is this one, sign out."""
    devices.end_device(db(), person(), object_id(device_id), now())
    if object_id(device_id) == person().device_id:
        forget_cookies()
        return go(url_for("home.show"))
    return _devices_page(1) if wants_fragment() else go(url_for("accounts.devices", ended=1))


@pages.post("/settings/devices/end-others")
@signed_in
@never_limited
def end_other_devices() -> Response:
    """Sign all devices out but this one."""
    ended = devices.end_other_devices(db(), person(), now())
    return _devices_page(ended) if wants_fragment() else go(url_for("accounts.devices", ended=ended))


def _sign_up_page(form: SignUpPageForm) -> Response:
    return render(
        "accounts/register.html",
        "accounts/_register.html",
        status=form.status,
        form=form,
        kept=arriving.waiting_here(),
    )


def _sign_in_page(form: SignInPageForm) -> Response:
    notice = _NOTICES.get(request.args.get("notice", ""))
    return render(
        "accounts/login.html",
        "accounts/_login.html",
        status=form.status,
        form=form,
        notice=notice,
        kept=arriving.waiting_here(),
    )


def _forgot_page(form: ForgotForm, sent_to: str | None = None) -> Response:
    return render(
        "accounts/forgot.html", "accounts/_forgot.html", status=form.status, form=form, sent_to=sent_to
    )


def _reset_page(form: ResetPageForm, token: str) -> Response:
    is_good = credentials.user_of_token(db(), token, "reset", now()) is not None
    return render(
        "accounts/reset.html",
        "accounts/_reset.html",
        status=form.status,
        form=form if is_good else None,
        token=token,
    )


def _account_page(
    *,
    email_form: EmailForm | None = None,
    zone_form: ZoneForm | None = None,
    fragment: str = "accounts/_email.html",
    saved: bool = False,
    sent: bool = False,
    problem: str | None = None,
    status: int = 200,
) -> Response:
    user = actions.own_user(db(), person())
    return render(
        "accounts/account.html",
        fragment,
        status=status,
        user=user,
        email_form=email_form or EmailForm(formdata=None),
        zone_form=zone_form or ZoneForm(formdata=None, data={"time_zone": user.time_zone}),
        pending=user.email_change.email if user.email_change else None,
        saved=saved,
        confirm_sent=sent,
        confirmed="confirmed" in request.args and not user.unconfirmed,
        confirm_problem=problem,
    )


def _delete_page(form: DeleteForm) -> Response:
    return render_question(
        "accounts/_delete.html",
        "Delete your account",
        status=form.status,
        form=form,
        obstacles=leaving.obstacles_to_leaving(db(), person(), now()),
    )


def _password_page(form: PasswordForm, *, saved: bool = False) -> Response:
    return render(
        "accounts/password.html",
        "accounts/_password.html",
        status=form.status,
        form=form,
        saved=saved,
        user=actions.own_user(db(), person()),
    )


def _devices_page(ended: int | None = None) -> Response:
    text = request.args.get("ended", "")
    if ended is None and text.isascii() and text.isdigit():
        ended = int(text[:6])
    return render(
        "accounts/devices.html",
        "accounts/_devices.html",
        devices=device_rows(devices.devices_of(db(), person()), person()),
        ended=ended,
    )
