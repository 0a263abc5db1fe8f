"""Where a request came from."""

from typing import Annotated

from fastapi import Depends, Request

from cinema.contracts.identity import Caller, caller


def _caller(request: Request) -> Caller:
    """The peer's address (behind a proxy: the one that the server was told to believe) and its user agent."""
    host = request.client.host if request.client else None
    return caller(address=host, user_agent=request.headers.get("user-agent"))


FromCaller = Annotated[Caller, Depends(_caller)]
