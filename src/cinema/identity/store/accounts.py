"""SQL over users."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from cinema.contracts.identity import UserNotFound
from cinema.contracts.ids import UserId
from cinema.contracts.text import Language
from cinema.identity.domain.account import Account, Changes, key
from cinema.kit.db import ReadTx, Row, Tx
from cinema.kit.limits import network_of
from cinema.kit.listing import Listing

ADDRESSES_MAX = 200
"""Addresses of an account that are looked at."""

COLUMNS = "id, login, email, language, time_zone, password_hash, created_at, updated_at"

PAGE = Listing(
    select=f"SELECT {COLUMNS} FROM identity.users",  # noqa: S608 - our own columns
    columns=("id",),
    filters=("login_key", "email_key"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimant:
    """Someone who may be about to sign in, and whether ever from this address before."""

    account: Account
    is_known_address: bool


async def add(tx: Tx, *, account: Account) -> bool:
    """Whether the account was added: false when its login or address is taken."""
    count = await tx.execute(
        """INSERT INTO identity.users
             (id, login, login_key, email, email_key, password_hash, language, time_zone, created_at, updated_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
           ON CONFLICT DO NOTHING""",
        account.user_id,
        account.login,
        key(account.login),
        account.email,
        key(account.email),
        account.password_hash,
        account.language.value,
        account.time_zone,
        account.created_at,
        account.updated_at,
    )
    return count == 1


async def is_login_taken(tx: ReadTx, *, login: str) -> bool:
    return bool(await tx.value("SELECT EXISTS (SELECT FROM identity.users WHERE login_key = $1)", key(login)))


async def by_login(tx: ReadTx, *, login: str) -> Account | None:
    row = await tx.one(f"SELECT {COLUMNS} FROM identity.users WHERE login_key = $1", key(login))  # noqa: S608
    return account_of(row) if row else None


async def owner_of(tx: ReadTx, *, email: str) -> UserId | None:
    """Who has this address."""
    found = await tx.value("SELECT id FROM identity.users WHERE email_key = $1", key(email))
    return UserId(found) if found else None


async def claimant(tx: ReadTx, *, name: str, address: str) -> Claimant | None:
    """The account that a login or an e-mail address means. Its places are networks: devices change their addresses."""
    row = await tx.one(
        f"""SELECT {COLUMNS}, array(
              SELECT DISTINCT s.address FROM identity.sessions AS s WHERE s.user_id = u.id LIMIT {ADDRESSES_MAX}
            ) AS addresses
            FROM identity.users AS u WHERE login_key = $1 OR email_key = $1""",  # noqa: S608 - our own columns
        key(name),
    )
    if row is None:
        return None
    is_known = network_of(address) in {network_of(one) for one in row["addresses"]}
    return Claimant(account=account_of(row), is_known_address=is_known)


async def get(tx: ReadTx, *, user_id: UUID) -> Account:
    """Raises `UserNotFound`."""
    row = await tx.one(f"SELECT {COLUMNS} FROM identity.users WHERE id = $1", user_id)  # noqa: S608 - our own columns
    if row is None:
        raise UserNotFound
    return account_of(row)


async def with_roles(tx: ReadTx, *, user_id: UUID) -> tuple[Account, tuple[str, ...]]:
    """The account with its granted roles, by one statement; raises `UserNotFound`."""
    row = await tx.one(
        f"""SELECT {COLUMNS}, array(SELECT role FROM identity.role_grants WHERE user_id = u.id) AS roles
            FROM identity.users AS u WHERE id = $1""",  # noqa: S608 - our own columns
        user_id,
    )
    if row is None:
        raise UserNotFound
    return account_of(row), tuple(row["roles"])


async def get_many(tx: ReadTx, *, user_ids: Collection[UUID]) -> list[Account]:
    """Those of the accounts that are there, in any order."""
    rows = await tx.all(f"SELECT {COLUMNS} FROM identity.users WHERE id = ANY($1)", list(user_ids))  # noqa: S608 - our own columns
    return [account_of(row) for row in rows]


async def lock(tx: Tx, *, user_id: UUID) -> Account:
    """The account, which nobody else changes until the commit; raises `UserNotFound`."""
    row = await tx.one(
        f"SELECT {COLUMNS} FROM identity.users WHERE id = $1 FOR NO KEY UPDATE",  # noqa: S608 - our own columns
        user_id,
    )
    if row is None:
        raise UserNotFound
    return account_of(row)


async def change(tx: Tx, *, user_id: UserId, changes: Changes, now: datetime) -> bool:
    """Whether the changes were made: false when the login is taken."""
    try:
        async with tx.savepoint():
            await tx.execute(
                """UPDATE identity.users
                   SET login = coalesce($2, login), login_key = coalesce($3, login_key),
                       language = coalesce($4, language), time_zone = coalesce($5, time_zone), updated_at = $6
                   WHERE id = $1""",
                user_id,
                changes.login,
                key(changes.login) if changes.login else None,
                changes.language.value if changes.language else None,
                changes.time_zone,
                now,
            )
    except asyncpg.UniqueViolationError:  # the login is the only unique thing that changes here
        return False
    return True


async def set_password(tx: Tx, *, user_id: UserId, password_hash: str, now: datetime) -> None:
    await tx.execute(
        "UPDATE identity.users SET password_hash = $2, updated_at = $3 WHERE id = $1", user_id, password_hash, now
    )


async def page(
    tx: ReadTx, *, before: UUID | None, login: str | None, email: str | None, limit: int
) -> Sequence[Account]:
    """Accounts, the newest first, one more than ``limit``; of one login or address when given."""
    names = (("login_key", login), ("email_key", email))
    wanted = {column: key(name) for column, name in names if name is not None}
    rows = await PAGE.page(tx, wanted=wanted, after=(before,) if before else None, limit=limit + 1)
    return [account_of(row) for row in rows]


def account_of(row: Row) -> Account:
    return Account(
        user_id=UserId(row["id"]),
        login=row["login"],
        email=row["email"],
        language=Language(row["language"]),
        time_zone=row["time_zone"],
        password_hash=row["password_hash"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
