"""The front door of the API: where everything is."""

from dataclasses import dataclass

from fastapi import APIRouter


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontDoor:
    """Addresses to start from."""

    name: str = "Cinema"
    description: str = "/openapi.json"
    docs: str = "/docs"
    films: str = "/v1/films"
    plans: str = "/v1/plans"
    health: str = "/health/ready"


def front_routes() -> APIRouter:
    router = APIRouter(tags=["front door"])

    @router.get("/v1", name="front.get")
    async def front_door() -> FrontDoor:
        """Where to start."""
        return FrontDoor()

    return router
