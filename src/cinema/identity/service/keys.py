"""The keys that sign access tokens: made, kept and changed here, published as a JWK set."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey
from pydantic import SecretStr

from cinema.identity.domain import keys as plan
from cinema.identity.domain.token import ALGORITHM
from cinema.identity.settings import IdentitySettings
from cinema.identity.store import keys as store
from cinema.identity.store.keys import StoredKey
from cinema.kit.clock import Clock
from cinema.kit.db import Database
from cinema.kit.settings import BadSetting

SEAL = ("dir", "A256GCM")
LOOKED_UP_EVERY = timedelta(minutes=1)
"""How long this process believes the keys that it knows; far less than a new key is announced before it signs."""

UNKNOWN_LOOKED_UP_EVERY = timedelta(seconds=1)
"""How often a token with an unknown key may make this process look."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A key pair in use."""

    kid: str
    signs_from: datetime
    pair: ECKey = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ring:
    """The keys at one moment."""

    keys: Mapping[str, SigningKey]
    published: Sequence[Mapping[str, Any]]
    looked_up_at: datetime

    def signing(self, now: datetime) -> SigningKey | None:
        """The key that signs at ``now``."""
        begun = plan.signing([key.signs_from for key in self.keys.values()], now=now)
        return next((key for key in self.keys.values() if key.signs_from == begun), None)

    def is_complete(self, now: datetime) -> bool:
        """Whether the next key is known too."""
        return any(key.signs_from > now for key in self.keys.values())


class Keys:
    """One process's view of the stored keys."""

    def __init__(self, *, db: Database, clock: Clock, settings: IdentitySettings) -> None:
        self._db = db
        self._clock = clock
        self._period = timedelta(seconds=settings.key_period_s)
        self._secret = settings.key_secret
        self._secret_before = settings.key_secret_before
        self._ring = Ring(keys={}, published=(), looked_up_at=clock.now() - LOOKED_UP_EVERY)

    async def signing(self) -> SigningKey:
        """The key that signs now."""
        ring = await self._current(self._clock.now())
        key = ring.signing(self._clock.now())  # read again: a key that was made just now begins after the first reading
        assert key is not None
        return key

    async def find(self, kid: str) -> SigningKey | None:
        """A key of ours by its id; the database is asked about unknown ones once a second at most."""
        now = self._clock.now()
        ring = await self._current(now)
        if kid not in ring.keys and now - ring.looked_up_at >= UNKNOWN_LOOKED_UP_EVERY:
            ring = await self._look_up(now)
        return ring.keys.get(kid)

    async def published(self) -> dict[str, Any]:
        """The public keys (RFC 7517): the one that signs, the next, and the one before."""
        return {"keys": list((await self._current(self._clock.now())).published)}

    async def rotate(self) -> int:
        """Makes the keys that are due and forgets the ones past use; returns how many."""
        now = self._clock.now()
        async with self._db.read() as read:
            begins = [one.signs_from for one in await store.every(read)]
        if not plan.to_make(begins, now=now, period=self._period) and not plan.to_forget(begins, now=now):
            return 0
        async with self._db.write() as tx:
            await store.lock(tx)
            begins = [one.signs_from for one in await store.every(tx)]
            made = [self._make(begin) for begin in plan.to_make(begins, now=now, period=self._period)]
            for one in made:
                await store.add(tx, key=one, now=now)
            forgotten = plan.to_forget(begins, now=now)
            await store.forget(tx, signs_from=forgotten)
        for one in made:
            log.info("identity.key_made", kid=one.kid, signs_from=one.signs_from.isoformat())
        return len(made) + len(forgotten)

    async def _current(self, now: datetime) -> Ring:
        is_fresh = now - self._ring.looked_up_at < LOOKED_UP_EVERY
        return self._ring if is_fresh and self._ring.is_complete(now) else await self._look_up(now)

    async def _look_up(self, now: datetime) -> Ring:
        await self.rotate()
        async with self._db.read() as tx:
            stored = await store.every(tx)
        keys = [SigningKey(kid=one.kid, signs_from=one.signs_from, pair=self._open(one)) for one in stored]
        published = [one.public_part | {"use": "sig", "alg": ALGORITHM} for one in stored]
        self._ring = Ring(keys={key.kid: key for key in keys}, published=published, looked_up_at=now)
        return self._ring

    def _make(self, signs_from: datetime) -> StoredKey:
        pair = ECKey.generate_key("P-256", private=True, auto_kid=True)
        kid = pair.kid
        assert kid is not None
        private_part = json.dumps(pair.as_dict(private=True))
        if self._secret is not None:
            header = {"alg": SEAL[0], "enc": SEAL[1], "kid": kid}
            private_part = jwe.encrypt_compact(header, private_part.encode(), _seal(self._secret), algorithms=SEAL)
        return StoredKey(
            kid=kid, signs_from=signs_from, public_part=dict(pair.as_dict(private=False)), private_part=private_part
        )

    def _open(self, stored: StoredKey) -> ECKey:
        """Raises `BadSetting` when the secret that sealed the key is not the one that is set."""
        if stored.private_part.startswith("{"):
            return ECKey.import_key(json.loads(stored.private_part))
        for secret in (self._secret, self._secret_before):
            with suppress(JoseError):
                opened = jwe.decrypt_compact(stored.private_part, _seal(secret), algorithms=SEAL)
                assert opened.plaintext is not None
                return ECKey.import_key(json.loads(opened.plaintext))
        sentence = f"{IdentitySettings.variable('key_secret')}: the stored signing keys were sealed by another one."
        raise BadSetting([sentence])


def _seal(secret: SecretStr | None) -> OctKey:
    text = secret.get_secret_value() if secret is not None else ""
    return OctKey.import_key(hashlib.sha256(b"cinema.identity.signing_keys\x00" + text.encode()).digest())
