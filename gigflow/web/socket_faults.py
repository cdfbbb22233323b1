"""How the libraries below Socket.IO log what clients did wrong."""

import logging
from typing import Any


class FaultsOfOthers(logging.LoggerAdapter[logging.Logger]):
    """Log as a warning each, without a trace, what the libraries call errors: they are those of clients that sent
    something odd. What else they say is of no use here.
    """

    def error(self, msg: object, *args: object, **more: Any) -> None:
        self.log(logging.WARNING, msg, *args)

    def exception(self, msg: object, *args: object, **more: Any) -> None:
        self.log(logging.WARNING, msg, *args)

    def warning(self, msg: object, *args: object, **more: Any) -> None:
        pass

    def info(self, msg: object, *args: object, **more: Any) -> None:
        pass
