"""What the provider answers when it refuses: the error object of API v3."""

import uuid
from typing import Any


class ApiError(Exception):
    """A refusal in the provider's own words; nothing has changed."""

    def __init__(self, *, status: int, code: str, description: str, parameter: str | None = None) -> None:
        super().__init__(description)
        self.status = status
        self.code = code
        self.description = description
        self.parameter = parameter

    def body(self) -> dict[str, Any]:
        """The JSON object of the answer."""
        return error_body(code=self.code, description=self.description, parameter=self.parameter)


def error_body(
    *, code: str, description: str, parameter: str | None = None, retry_after: int | None = None
) -> dict[str, Any]:
    """An error object; ``retry_after`` is in milliseconds."""
    body: dict[str, Any] = {"type": "error", "id": str(uuid.uuid4()), "code": code, "description": description}
    if parameter is not None:
        body["parameter"] = parameter
    if retry_after is not None:
        body["retry_after"] = retry_after
    return body


def invalid(description: str, *, parameter: str | None = None) -> ApiError:
    """400: the request cannot be carried out as it stands."""
    return ApiError(status=400, code="invalid_request", description=description, parameter=parameter)


def unauthorized() -> ApiError:
    """401: the pair of shop id and secret key is wrong or missing."""
    return ApiError(
        status=401,
        code="invalid_credentials",
        description="Error in shopId or secret key. Check their validity.",
        parameter="Authorization",
    )


def forbidden(description: str, *, parameter: str | None = None) -> ApiError:
    """403: the shop may not do this."""
    return ApiError(status=403, code="forbidden", description=description, parameter=parameter)


def not_found(description: str) -> ApiError:
    """404: there is no such object in this shop."""
    return ApiError(status=404, code="not_found", description=description)
