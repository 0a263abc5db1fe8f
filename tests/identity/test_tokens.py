"""Access tokens: which are believed, and that forged ones are not."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
from joserfc import jws, jwt
from joserfc.jwk import ECKey, JWKRegistry, OctKey, OKPKey, RSAKey

from identity.people import Place, close_place, make_settings, open_place, refusal, register, sign_in

Forge = Callable[["Genuine"], str]


class Genuine:
    """A genuine token in parts, and all that an attacker may know: the public keys."""

    def __init__(self, token: str, keys: list[dict[str, Any]]) -> None:
        self.token = token
        self.head, self.body, self.signature = token.split(".")
        self.header: dict[str, Any] = json.loads(decode(self.head))
        self.claims: dict[str, Any] = json.loads(decode(self.body))
        self.keys = keys

    @property
    def public(self) -> ECKey:
        return ECKey.import_key(next(key for key in self.keys if key["kid"] == self.header["kid"]))

    def signed_by_other(self, key: Any = None, *, alg: str = "ES256", **header: Any) -> str:
        fresh = key or ECKey.generate_key("P-256")
        fields = self.header | {"alg": alg} | header
        registry = jws.JWSRegistry(algorithms=[alg], strict_check_header=False)
        return jwt.encode(fields, self.claims, fresh, registry=registry)


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def dumped(value: object) -> str:
    return encode(json.dumps(value).encode())


def with_none(genuine: Genuine, spelling: str) -> str:
    return f"{dumped(genuine.header | {'alg': spelling})}.{genuine.body}."


def with_hmac(genuine: Genuine, secret: bytes, alg: str = "HS256") -> str:
    start = f"{dumped(genuine.header | {'alg': alg})}.{genuine.body}"
    return f"{start}.{encode(hmac.digest(secret, start.encode(), hashlib.sha256))}"


def own_key_inside(genuine: Genuine) -> str:
    mine = ECKey.generate_key("P-256")
    return genuine.signed_by_other(mine, jwk=mine.as_dict(private=False))


def own_key_under_our_id(genuine: Genuine) -> str:
    return genuine.signed_by_other(ECKey.generate_key("P-256"))


def altered(genuine: Genuine, **claims: Any) -> str:
    return f"{genuine.head}.{dumped(genuine.claims | claims)}.{genuine.signature}"


def pem(genuine: Genuine) -> bytes:
    return genuine.public.as_pem(private=False)


FORGED: dict[str, Forge] = {
    "no algorithm": lambda g: with_none(g, "none"),
    "no algorithm, capital": lambda g: with_none(g, "None"),
    "no algorithm, capitals": lambda g: with_none(g, "NONE"),
    "no algorithm, but a signature": lambda g: with_none(g, "none") + g.signature,
    "no signature": lambda g: f"{g.head}.{g.body}.",
    "two parts": lambda g: f"{g.head}.{g.body}",
    "four parts": lambda g: f"{g.token}.{g.signature}",
    "five parts": lambda g: f"{g.head}.{g.body}.{g.body}.{g.body}.{g.signature}",
    "the public key as a shared secret": lambda g: with_hmac(g, pem(g)),
    "the public point as a shared secret": lambda g: with_hmac(g, decode(g.keys[0]["x"])),
    "an empty shared secret": lambda g: with_hmac(g, b""),
    "a shared secret under our algorithm": lambda g: with_hmac(g, pem(g), alg="ES256"),
    "another key of the right kind under our id": own_key_under_our_id,
    "an RSA key under our id": lambda g: g.signed_by_other(RSAKey.generate_key(2048), alg="RS256"),
    "an Edwards key under our id": lambda g: g.signed_by_other(OKPKey.generate_key("Ed25519"), alg="Ed25519"),
    "another curve": lambda g: g.signed_by_other(ECKey.generate_key("P-384"), alg="ES384"),
    "a shared key under our id": lambda g: g.signed_by_other(OctKey.import_key(b"0" * 32), alg="HS256"),
    "a key that it brings": own_key_inside,
    "an address of keys": lambda g: g.signed_by_other(jku="https://evil.example/jwks"),
    "an address of a certificate": lambda g: g.signed_by_other(x5u="https://evil.example/x.pem"),
    "a certificate": lambda g: g.signed_by_other(x5c=["MIIB"]),
    "a certificate's thumbprint": lambda g: g.signed_by_other(x5t="AAAA"),
    "a critical extension": lambda g: f"{dumped(g.header | {'crit': ['exp']})}.{g.body}.{g.signature}",
    "an unknown key": lambda g: g.signed_by_other(kid="mine"),
    "an id that is a path": lambda g: g.signed_by_other(kid="../../../dev/null"),
    "an id that is SQL": lambda g: g.signed_by_other(kid="' OR 1=1 --"),
    "an empty id": lambda g: g.signed_by_other(kid=""),
    "an id that is no text": lambda g: f"{dumped(g.header | {'kid': ['x']})}.{g.body}.{g.signature}",
    "no id": lambda g: f"{dumped({k: v for k, v in g.header.items() if k != 'kid'})}.{g.body}.{g.signature}",
    "a header that is no object": lambda g: f"{dumped([])}.{g.body}.{g.signature}",
    "a header that is no JSON": lambda g: f"{encode(b'{')}.{g.body}.{g.signature}",
    "a header of brackets": lambda g: f"{encode(b'[' * 1200)}.{g.body}.{g.signature}",
    "a body that is no JSON": lambda g: f"{g.head}.{encode(b'{')}.{g.signature}",
    "a body that is no base64": lambda g: f"{g.head}.!!!!.{g.signature}",
    "another user": lambda g: altered(g, sub="0198a000-0000-7000-8000-000000000000"),
    "another session": lambda g: altered(g, sid="0198a000-0000-7000-8000-000000000000"),
    "a longer life": lambda g: altered(g, exp=g.claims["exp"] + 10**6),
    "more roles": lambda g: altered(g, roles=["admin"]),
    "a signature of zeros": lambda g: f"{g.head}.{g.body}.{encode(bytes(64))}",
    "a signature cut short": lambda g: g.token[:-4],
    "a signature made longer": lambda g: f"{g.head}.{g.body}.{encode(decode(g.signature) + b'0')}",
    "a signature in DER": lambda g: f"{g.head}.{g.body}.{encode(bytes.fromhex('3006020101020101'))}",
    "far too long": lambda g: f"{g.head}.{g.body}{'A' * 5000}.{g.signature}",
    "dots": lambda _: "..",
    "one dot": lambda _: ".",
    "beyond ASCII": lambda g: f"{g.head}.{g.body}é.{g.signature}",
}


async def genuine_at(place: Place) -> Genuine:
    client = place.client()
    await register(client)
    tokens = await sign_in(client)
    keys = (await client.get("/oauth/jwks")).json()["keys"]
    return Genuine(tokens["access_token"], keys)


async def shown(place: Place, token: str) -> httpx2.Response:
    return await place.client().get("/v1/me", headers={b"authorization": b"Bearer " + token.encode("latin-1")})


async def test_a_genuine_token_is_believed(place: Place) -> None:
    genuine = await genuine_at(place)

    answer = await shown(place, genuine.token)

    assert answer.status_code == 200
    assert sorted(genuine.header) == ["alg", "kid", "typ"]
    assert (genuine.header["alg"], genuine.header["typ"]) == ("ES256", "at+jwt")
    assert sorted(genuine.claims) == ["aud", "exp", "iat", "iss", "jti", "nbf", "sid", "sub"]


async def test_every_forged_token_is_refused(place: Place) -> None:
    genuine = await genuine_at(place)

    answers = {kind: refusal(await shown(place, forge(genuine))) for kind, forge in FORGED.items()}

    assert answers == dict.fromkeys(FORGED, (401, "token-invalid"))
    assert (await shown(place, genuine.token)).status_code == 200


CLAIMS: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "shop"},
    "a list of audiences": {"aud": ["cinema", "shop"]},
    "no audience": {"aud": None},
    "no end": {"exp": None},
    "an end that is text": {"exp": "9999999999"},
    "an end that is no whole number": {"exp": 9999999999.5},
    "an end beyond the calendar": {"exp": 10**18},
    "an end before the calendar": {"exp": -(10**18)},
    "an end that is true": {"exp": True},
    "no beginning": {"nbf": None},
    "no time of issue": {"iat": None},
    "no user": {"sub": None},
    "a user that is no id": {"sub": "admin"},
    "no session": {"sid": None},
    "a session that is a number": {"sid": 1},
    "no token id": {"jti": None},
}


HEADERS: dict[str, dict[str, Any]] = {
    "an address of keys": {"jku": "https://evil.example/jwks"},
    "an address of a certificate": {"x5u": "https://evil.example/x.pem"},
    "a key": {"jwk": {"kty": "EC"}},
    "a certificate": {"x5c": ["MIIB"]},
    "a content type": {"cty": "JWT"},
    "a field of its own": {"admin": True},
    "the type of any token": {"typ": "JWT"},
    "the type of an identity token": {"typ": "id+jwt"},
    "the type in capitals": {"typ": "AT+JWT"},
    "an empty type": {"typ": ""},
}


async def signed_by_us(place: Place, genuine: Genuine, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """What our own key would sign if we signed something else with it."""
    rows = await place.rows("SELECT private_part FROM identity.signing_keys WHERE kid = $1", genuine.header["kid"])
    key = ECKey.import_key(json.loads(rows[0]["private_part"]))
    payload = {name: value for name, value in (genuine.claims | claims).items() if value is not None}
    registry = jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
    return jwt.encode(genuine.header | (header or {}), payload, key, registry=registry)


async def test_our_signature_under_other_claims_is_not_enough(place: Place) -> None:
    genuine = await genuine_at(place)

    answers = {
        kind: refusal(await shown(place, await signed_by_us(place, genuine, **claims)))
        for kind, claims in CLAIMS.items()
    }

    assert answers == dict.fromkeys(CLAIMS, (401, "token-invalid"))
    assert (await shown(place, await signed_by_us(place, genuine))).status_code == 200


async def test_our_signature_under_another_header_is_not_enough(place: Place) -> None:
    genuine = await genuine_at(place)

    answers = {
        kind: refusal(await shown(place, await signed_by_us(place, genuine, header)))
        for kind, header in HEADERS.items()
    }

    assert answers == dict.fromkeys(HEADERS, (401, "token-invalid"))


async def test_a_token_of_one_user_does_not_open_the_session_of_another(place: Place) -> None:
    genuine = await genuine_at(place)
    await register(place.client(), "other")
    other = await sign_in(place.client(), "other")

    answer = await shown(place, await signed_by_us(place, genuine, sid=other["session_id"]))

    assert refusal(answer) == (401, "token-invalid")


async def test_a_token_holds_from_its_beginning_to_its_end_with_a_little_leeway(place: Place) -> None:
    genuine = await genuine_at(place)
    now = int(place.clock.now().timestamp())
    answers = {}
    cases: dict[str, dict[str, Any]] = {
        "begins in 5 s": {"nbf": now + 5},
        "begins in 6 s": {"nbf": now + 6},
        "issued in 6 s": {"iat": now + 6},
        "ended 4 s ago": {"exp": now - 4},
        "ended 5 s ago": {"exp": now - 5},
    }

    for name, claims in cases.items():
        answers[name] = (await shown(place, await signed_by_us(place, genuine, **claims))).status_code

    assert answers == {
        "begins in 5 s": 200,
        "begins in 6 s": 401,
        "issued in 6 s": 401,
        "ended 4 s ago": 200,
        "ended 5 s ago": 401,
    }


async def test_the_published_keys_verify_a_token_in_a_stock_library(place: Place) -> None:
    genuine = await genuine_at(place)

    token = jwt.decode(genuine.token, genuine.public, algorithms=["ES256"])

    assert token.claims == genuine.claims
    for key in genuine.keys:
        assert sorted(key) == ["alg", "crv", "kid", "kty", "use", "x", "y"]
        assert JWKRegistry.import_key(key).thumbprint() == key["kid"]


async def test_the_discovery_document_claims_what_is_true(place: Place) -> None:
    client = place.client()

    answer = await client.get("/.well-known/openid-configuration")

    document = answer.json()
    keys = await client.get(document["jwks_uri"].removeprefix(document["issuer"]))
    assert len(keys.json()["keys"]) == 2
    assert document["issuer"] == "http://127.0.0.1:8000"
    assert document["response_types_supported"] == document["grant_types_supported"] == []
    assert answer.headers["cache-control"] == "public, max-age=300"


async def test_keys_change_without_refusing_anybody(place: Place) -> None:
    """Two processes, one of which learns of new keys only by looking now and then."""
    other = await open_place(place.db, place.clock, make_settings())
    client = other.client()
    await register(client)
    seen, kids, answers = set(), [], []

    for _ in range(100):
        tokens = await sign_in(client)
        kids.append(Genuine(tokens["access_token"], []).header["kid"])
        place.clock.advance(timedelta(minutes=9))
        answers.append((await shown(place, tokens["access_token"])).status_code)
        keys = (await client.get("/oauth/jwks")).json()["keys"]
        seen.add(len(keys))
        place.clock.advance(timedelta(days=1) - timedelta(minutes=9))
    await close_place(other)

    assert answers == [200] * 100
    assert [kids.count(kid) for kid in dict.fromkeys(kids)] == [30, 30, 30, 10]
    assert seen == {2, 3}
    assert await place.count("identity.signing_keys") == 3


async def test_a_leap_over_many_periods_is_survived(place: Place) -> None:
    client = place.client()
    await register(client)
    for _ in range(3):
        place.clock.advance(timedelta(days=400))
        await sign_in(client)

        assert (await client.get("/v1/me")).status_code == 200


async def test_private_keys_are_sealed_when_there_is_a_secret(place: Place) -> None:
    async with place.db.write() as tx:
        await tx.execute("DELETE FROM identity.signing_keys")
    sealed = await open_place(place.db, place.clock, make_settings(key_secret="s" * 32))
    client = sealed.client()
    await register(client)

    await sign_in(client)
    again = await open_place(place.db, place.clock, make_settings(key_secret="s" * 32))
    answer = await again.client(authorization=client.headers["authorization"]).get("/v1/me")
    rows = await place.rows("SELECT private_part FROM identity.signing_keys")
    await close_place(sealed)
    await close_place(again)

    assert answer.status_code == 200
    assert [row["private_part"].count(".") for row in rows] == [4, 4]
    assert all('"d"' not in row["private_part"] for row in rows)
