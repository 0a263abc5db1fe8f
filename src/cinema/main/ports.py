"""Ports of this machine."""

import errno
import socket

from cinema.kit.errors import Unavailable

BACKLOG = 2048
"""How many connections may wait to be accepted."""


class PortTaken(Unavailable):
    """The port is in use by another program."""

    code = "port-taken"


def bound(*, host: str, port: int, setting: str) -> socket.socket:
    """A socket that listens on ``host:port``, which ``setting`` names. Raises `PortTaken`.

    It listens at once: two sockets may be bound to one port until one of them does. The
    protocol is named because the event loop sends without delay (TCP_NODELAY) only where
    it can see that it is TCP.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        is_of_port = error.errno in {errno.EADDRINUSE, errno.EACCES}
        way_out = f"Set {setting} to another one." if is_of_port else "Set CINEMA_HOST to an address of this machine."
        raise PortTaken(f"Port {port} of {host} cannot be had: {error.strerror}. {way_out}") from error
    listening.set_inheritable(False)
    return listening


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
