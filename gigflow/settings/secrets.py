"""Secrets for an installation that was given none: made once, and kept where its data is."""

import json
import os
import secrets
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec

from gigflow.settings.readers import SettingError

SECRETS_FILE = "secrets"


def kept_secrets(path: Path, names: Sequence[str]) -> dict[str, str]:
    """Return the secrets with these names that the file holds, made first if it is not there. Raises SettingError."""
    try:
        if not path.exists():
            _write_once(path, json.dumps({name: secrets.token_urlsafe(48) for name in names}))
        kept = msgspec.json.decode(path.read_bytes(), type=dict[str, str])
        return {name: kept[name] for name in names}
    except OSError as error:
        raise SettingError(
            f"VAR_DIR is '{path.parent}': secrets cannot be kept there ({error.strerror})."
        ) from error
    except (msgspec.DecodeError, KeyError) as error:
        raise SettingError(
            f"The file {path} does not hold GigFlow's secrets: remove it and start again."
        ) from error


def _write_once(path: Path, text: str) -> None:
    """Write a file of mode 600 unless another process was first. A link is made whole or not at all, so nobody ever
    reads half a file.
    """
    handle, draft = tempfile.mkstemp(dir=path.parent)  # mkstemp makes it with mode 600
    try:
        with os.fdopen(handle, "w") as file:
            file.write(text + "\n")
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)
