"""GigFlow, a freelance marketplace."""

import warnings
from typing import TYPE_CHECKING

# The owner chose eventlet knowing that it is only maintained (docs/decisions); it need not say so at every start.
warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

if TYPE_CHECKING:
    from flask import Flask

    from gigflow.settings.settings import Settings


def create_app(settings: "Settings | None" = None) -> "Flask":
    """Return the application with these settings, or those of the environment and `.env`.

    It is put together in `gigflow.app`, imported only here: a worker has to patch the standard library before anything
    else is imported, and importing a module of a package imports the package first.
    """
    from gigflow.app import build

    return build(settings)
