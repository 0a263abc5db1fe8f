"""What the description says of the product as a whole."""

from datetime import timedelta

from cinema.kit.about import About
from cinema.main.glossary import GLOSSARY

TEXT = """\
A paid cinema: films, plans, orders, subscriptions, refunds, playback.

**Names.** A thing's own id is `id`; a reference to another thing is `<thing>_id`. Times are ISO 8601 in UTC. Money is
`minor` units and a `currency`. Lists answer `items` and `next_cursor`, which is the `cursor` of the next page.

**Refusals** are problems (RFC 9457, `application/problem+json`): `code` is a stable word for programs, `detail` a
sentence for people, `errors` names the parts of the input that are to blame. Each operation lists its codes.

**Keys.** What moves money takes an `Idempotency-Key`: repeat a request with the same key until it is answered.

**Signing in.** Register, log in, and send the `access_token` as `Authorization: Bearer …`."""

TAGS = {
    "identity": "Accounts, sessions and the own profile.",
    "identity, staff": "Users and roles, for admins.",
    "identity, services": "What others need to check our tokens.",
    "catalog": "Films, genres and people, read by anyone.",
    "playback": "Whether a film may be watched, playbacks, and the files of a title.",
    "billing": "Plans, orders, subscriptions, rights, refunds and receipts.",
    "billing, staff": "What staff see and do about what was sold.",
    "payments": "Saved payment methods, and what payment providers tell.",
    "notifications": "What users were told.",
    "health": "Whether the process is alive and can do its work.",
    "front door": "Where to start.",
}


def about(*, keys_kept: timedelta) -> About:
    """``keys_kept``: how long an Idempotency-Key is remembered."""
    return About(text=TEXT, licence="Apache-2.0", tags=TAGS, glossary=GLOSSARY, keys_kept=keys_kept)
