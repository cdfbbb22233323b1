"""The settings of letters and of limits: how many, by whom, and a start that ends where one cannot be used."""

import subprocess
import sys
from pathlib import Path

import pytest

from gigflow.settings.readers import SettingError
from gigflow.settings.settings import load_settings
from tests.support.server import ROOT


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("SMTP_URL", "mail.example.org"),
        ("SMTP_URL", "http://mail.example.org"),
        ("SMTP_URL", "smtp://"),
        ("SMTP_URL", "smtp://mail.example.org:port"),
        ("SMTP_URL", "smtp://mail.example.org/folder"),
        ("SMTP_URL", "smtp://gigflow@mail.example.org"),
        ("SMTP_URL", "smtp://gigflow:s3/cret@mail.example.org"),
        ("SMTP_URL", "smtp://gigflow:s3 cret@mail.example.org"),
        ("MAIL_FROM", "GigFlow"),
        ("MAIL_FROM", "GigFlow no-reply@example.org"),
        ("MAIL_FROM", "GigFlow, Ltd <no-reply@example.org>"),
        ("MAIL_FROM", "a@example.org, b@example.org"),
        ("MAIL_FROM", "GigFlow <no-reply@example.org"),
        ("LIMIT_BIDS", "many"),
        ("LIMIT_BIDS", "30"),
        ("LIMIT_LOGIN_ACCOUNT", "5/fortnight"),
        ("LIMIT_RESET_ACCOUNT", "3/hour and 9/day"),
    ],
)
def test_a_bad_setting_is_named_with_what_is_allowed(name: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(SettingError, match=f"^{name} is .*: .+[.]$") as refusal:
        load_settings({"VAR_DIR": str(tmp_path), name: text})
    assert "cret" not in str(refusal.value)


@pytest.mark.parametrize("name", ["LIMIT_REQUESTS", "SMTP_URL"])
def test_a_bad_setting_ends_the_start_with_one_sentence(name: str, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, str(ROOT / "wsgi.py")],
        cwd=tmp_path,
        env={"VAR_DIR": str(tmp_path / "var"), "PORT": "0", name: "a lot"},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"GigFlow: {name} is ")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "base_url"),
    [
        ({"PORT": "5000"}, "http://127.0.0.1:5000"),
        ({"HOST": "0.0.0.0"}, "http://localhost:5000"),
        ({"HOST": "::1", "PORT": "8000"}, "http://[::1]:8000"),
        ({"PUBLIC_URL": "http://gigs.example.org/", "PORT": "8000"}, "http://gigs.example.org"),
    ],
)
def test_letters_know_where_people_reach_us(text: dict[str, str], base_url: str, tmp_path: Path) -> None:
    assert load_settings({"VAR_DIR": str(tmp_path), **text}).base_url == base_url


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        ({}, "GigFlow <no-reply@localhost>"),
        (
            {"PUBLIC_URL": "https://Gigs.example.org:8443", "CONFIRM_EMAIL": "off"},
            "GigFlow <no-reply@gigs.example.org>",
        ),
        ({"PUBLIC_URL": "http://[::1]:5000"}, "GigFlow <no-reply@localhost>"),
        ({"PUBLIC_URL": "http://my_laptop"}, "GigFlow <no-reply@localhost>"),
        ({"PUBLIC_URL": "http://gigs.example.org", "MAIL_FROM": "a@example.org"}, "a@example.org"),
    ],
)
def test_letters_are_from_the_public_host_unless_it_is_said(
    text: dict[str, str], sender: str, tmp_path: Path
) -> None:
    """Mail servers refuse letters from localhost."""
    secrets = dict.fromkeys(("SECRET_KEY", "JWT_ACCESS_SECRET", "JWT_REFRESH_SECRET"), "s" * 32)
    assert load_settings({"VAR_DIR": str(tmp_path), **secrets, **text}).mail_from == sender
