"""`python -m tests.bench.bare_server MONGO_URI DATABASE` serves reference.py's application in the same kind of
process as GigFlow's, behind the same server: eventlet, everything patched, NODELAY, our reading of HTTP. It prints
its port.
"""

import socket
import sys
import warnings


def serve(uri: str, database: str) -> None:
    """Serve on a free port of loopback until the process is ended."""
    warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")
    import eventlet

    eventlet.monkey_patch()  # before Flask or pymongo are imported
    from eventlet import wsgi

    from gigflow.core.db import Db
    from gigflow.server.protocol import KEEP_ALIVE_SECONDS, SILENCE_SECONDS, Protocol
    from tests.bench.reference import application

    listener = eventlet.listen(("127.0.0.1", 0), backlog=4096)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(listener.getsockname()[1], flush=True)
    app = application(Db(uri, database))
    wsgi.server(
        listener,
        app,
        protocol=Protocol,
        max_size=20000,
        keepalive=KEEP_ALIVE_SECONDS,
        socket_timeout=SILENCE_SECONDS,
        log_output=False,
        debug=False,
    )


if __name__ == "__main__":
    serve(sys.argv[1], sys.argv[2])
