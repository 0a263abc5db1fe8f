"""Settings of playback."""

from datetime import timedelta
from pathlib import Path
from typing import ClassVar

from pydantic import Field, SecretStr

from cinema.kit.settings import Settings


class PlaybackSettings(Settings):
    """How many streams a viewer may have, how long they last, and where films lie."""

    section: ClassVar[str] = "PLAYBACK"

    streams_max: int = Field(3, ge=1, le=100, description="streams that one viewer may have at a time")
    silence_s: int = Field(60, ge=10, le=3600, description="seconds without a heartbeat after which a place is free")
    grant_s: int = Field(120, ge=30, le=86_400, description="seconds that a playback lasts without a heartbeat")
    recheck_s: int = Field(1, ge=0, le=60, description="seconds that media are served without asking for the right")
    address_s: int = Field(43_200, ge=300, le=604_800, description="seconds that a signed media address lasts")
    secret: SecretStr | None = Field(
        None, min_length=32, max_length=512, description="signs media addresses; made and kept in the database if unset"
    )
    secret_before: SecretStr | None = Field(
        None, min_length=32, max_length=512, description="the secret before; addresses that it signed are still read"
    )
    position_days_kept: int = Field(
        1100,
        ge=30,
        le=36_500,
        description="days that it is kept how far a viewer has come in a film, since it was played",
    )
    media_folder: Path | None = Field(None, description="folder with a folder for each film that has media of its own")

    @property
    def silence(self) -> timedelta:
        return timedelta(seconds=self.silence_s)

    @property
    def grant(self) -> timedelta:
        return timedelta(seconds=self.grant_s)

    @property
    def recheck(self) -> timedelta:
        return timedelta(seconds=self.recheck_s)

    @property
    def address(self) -> timedelta:
        return timedelta(seconds=self.address_s)

    @property
    def positions_kept(self) -> timedelta:
        return timedelta(days=self.position_days_kept)

    @property
    def heartbeat_every_s(self) -> int:
        """How often a player should give a sign of life: three may be missed before its place is free."""
        return max(1, min(self.silence_s, self.grant_s) // 4)
