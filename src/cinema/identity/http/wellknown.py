"""What others need to check our tokens: where the keys are, and the keys."""

from typing import Any

from fastapi import APIRouter, Response

from cinema.identity.domain.token import ALGORITHM
from cinema.identity.service.keys import Keys
from cinema.identity.settings import IdentitySettings

CACHE = "public, max-age=300"
"""Far shorter than a key is announced before it signs."""


def routes(*, keys: Keys, settings: IdentitySettings) -> APIRouter:
    router = APIRouter(tags=["identity, for services"])

    @router.get("/oauth/jwks", name="auth.keys")
    async def jwks(response: Response) -> dict[str, Any]:
        """The public keys of access tokens (RFC 7517): the present one, the next, and the one before."""
        response.headers["Cache-Control"] = CACHE
        return await keys.published()

    @router.get("/.well-known/openid-configuration", name="auth.configuration")
    async def configuration(response: Response) -> dict[str, Any]:
        """Who signs the tokens and where the keys are. Flows that do not exist are not claimed."""
        response.headers["Cache-Control"] = CACHE
        return {
            "issuer": settings.issuer,
            "jwks_uri": f"{settings.issuer}/oauth/jwks",
            "response_types_supported": [],
            "grant_types_supported": [],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [ALGORITHM],
        }

    return router
