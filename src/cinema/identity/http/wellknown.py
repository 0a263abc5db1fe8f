"""What others need to check our tokens: where the keys are, and the keys."""

from dataclasses import dataclass

from fastapi import APIRouter, Response

from cinema.identity.domain.token import ALGORITHM
from cinema.identity.service.keys import Keys
from cinema.identity.settings import IdentitySettings

CACHE = "public, max-age=300"
"""Far shorter than a key is announced before it signs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A key that tokens are checked with (RFC 7517)."""

    kty: str
    crv: str
    x: str
    y: str
    kid: str
    alg: str
    use: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKeys:
    """All keys by which a token of ours may be signed."""

    keys: tuple[PublicKey, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """What an issuer of tokens says of itself (OpenID Connect Discovery)."""

    issuer: str
    jwks_uri: str
    response_types_supported: tuple[str, ...]
    grant_types_supported: tuple[str, ...]
    subject_types_supported: tuple[str, ...]
    id_token_signing_alg_values_supported: tuple[str, ...]


def routes(*, keys: Keys, settings: IdentitySettings) -> APIRouter:
    router = APIRouter(tags=["identity, services"])

    @router.get("/oauth/jwks", name="auth.keys")
    async def jwks(response: Response) -> PublicKeys:
        """The public keys of access tokens (RFC 7517): the present one, the next, and the one before."""
        response.headers["Cache-Control"] = CACHE
        return PublicKeys(keys=tuple(PublicKey(**one) for one in (await keys.published())["keys"]))

    @router.get("/.well-known/openid-configuration", name="auth.configuration")
    async def configuration(response: Response) -> Configuration:
        """Who signs the tokens and where the keys are. Flows that do not exist are not claimed."""
        response.headers["Cache-Control"] = CACHE
        return Configuration(
            issuer=settings.issuer,
            jwks_uri=f"{settings.issuer}/oauth/jwks",
            response_types_supported=(),
            grant_types_supported=(),
            subject_types_supported=("public",),
            id_token_signing_alg_values_supported=(ALGORITHM,),
        )

    return router
