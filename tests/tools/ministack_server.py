"""Serve MiniStack on a free port of the loopback interface.

Prints the port, and nothing else, once it listens; ends when standard input
does, so that it never outlives the test that started it.

MiniStack runs tasks by Docker. Here Docker is an engine that starts nothing
(engine.py), so that none has to be installed; MiniStack itself is as it is published.
"""

import asyncio
import os
import socket
import sys
import threading

from engine import Engine

listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
engine = Engine(f"http://127.0.0.1:{port}")
# Read by MiniStack when it is imported.
os.environ |= {
    "DOCKER_HOST": f"tcp://127.0.0.1:{engine.server_port}",
    "GATEWAY_PORT": str(port),
    "IOT_MTLS_ENABLED": "0",
    "LOG_LEVEL": "WARNING",
    "MINISTACK_ACCOUNT_ID": "123456789012",
    "SERVICES": "ecs,ecr",
}

from hypercorn.asyncio import serve  # noqa: E402
from hypercorn.config import Config  # noqa: E402
from ministack.app import app  # noqa: E402


def end_with_standard_input() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


for role in (engine.serve_forever, end_with_standard_input):
    threading.Thread(target=role, daemon=True).start()
config = Config()
config.bind = [f"fd://{listener.fileno()}"]
config.loglevel = "WARNING"
# What comes from now on waits in the socket until it is served.
print(port, flush=True)
asyncio.run(serve(app, config))
