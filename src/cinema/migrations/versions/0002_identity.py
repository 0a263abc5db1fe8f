"""The tables of identity: users, sessions, roles, signing keys, sign-in history."""

from cinema.migrations.script import run

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    run("""
CREATE SCHEMA identity;

-- Logins and addresses are shown as they were written and compared by their keys.
CREATE TABLE identity.users (
  id uuid PRIMARY KEY,
  login text NOT NULL CHECK (length(login) BETWEEN 3 AND 32),
  login_key text NOT NULL UNIQUE CHECK (login_key = lower(login)),
  email text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
  email_key text NOT NULL UNIQUE CHECK (email_key = lower(email)),
  password_hash text NOT NULL CHECK (password_hash LIKE '$argon2id$%'),
  language text NOT NULL CHECK (language IN ('ru', 'en')),
  time_zone text NOT NULL CHECK (length(time_zone) BETWEEN 1 AND 64),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);

-- A session is one family of refresh tokens, and perhaps a cookie. Only hashes of secrets are kept.
CREATE TABLE identity.sessions (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES identity.users ON DELETE CASCADE,
  cookie_hash bytea UNIQUE CHECK (length(cookie_hash) = 32),
  user_agent text NOT NULL CHECK (length(user_agent) <= 300),
  address text NOT NULL CHECK (length(address) <= 64),
  created_at timestamptz NOT NULL,
  last_used_at timestamptz NOT NULL CHECK (last_used_at >= created_at),
  ended_at timestamptz,
  ended_reason text CHECK (ended_reason IN
    ('signed_out', 'revoked', 'password_changed', 'refresh_reused', 'too_many')),
  CHECK ((ended_at IS NULL) = (ended_reason IS NULL))
);
CREATE INDEX sessions_running ON identity.sessions (user_id, id) WHERE ended_at IS NULL;
CREATE INDEX sessions_of_user ON identity.sessions (user_id, address);
CREATE INDEX sessions_age ON identity.sessions (last_used_at);

CREATE TABLE identity.refresh_tokens (
  token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
  session_id uuid NOT NULL REFERENCES identity.sessions ON DELETE CASCADE,
  issued_at timestamptz NOT NULL,
  rotated_at timestamptz
);
CREATE INDEX ON identity.refresh_tokens (session_id);
CREATE UNIQUE INDEX one_live_refresh_token ON identity.refresh_tokens (session_id) WHERE rotated_at IS NULL;

-- Roles that an admin made; the built-in ones stand in the code.
CREATE TABLE identity.roles (
  name text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9_]{2,39}$'),
  description text NOT NULL CHECK (length(description) <= 200),
  created_at timestamptz NOT NULL
);

-- A user has a role as long as one grant of it is left, whatever its source.
CREATE TABLE identity.role_grants (
  user_id uuid NOT NULL REFERENCES identity.users ON DELETE CASCADE,
  role text NOT NULL CHECK (role ~ '^[a-z][a-z0-9_]{2,39}$' AND role <> 'viewer'),
  source text NOT NULL CHECK (length(source) BETWEEN 1 AND 64),  -- 'admin', or the id of a subscription
  granted_at timestamptz NOT NULL,
  PRIMARY KEY (user_id, role, source)
);
CREATE INDEX ON identity.role_grants (role, user_id);

-- Sources that are over: a grant that is heard of later than its end is not given.
CREATE TABLE identity.ended_sources (
  source text PRIMARY KEY,
  ended_at timestamptz NOT NULL
);

CREATE TABLE identity.audit (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL,
  actor_id uuid,  -- null: a command, or an event named by the reason
  user_id uuid,
  action text NOT NULL,
  reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 500),
  before jsonb NOT NULL,
  after jsonb NOT NULL
);
CREATE INDEX ON identity.audit (user_id, position);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON identity.audit
  FOR EACH ROW EXECUTE FUNCTION kit.append_only();

-- Keys that sign access tokens. private_part is a JWK, or that JWK sealed as a JWE.
CREATE TABLE identity.signing_keys (
  kid text PRIMARY KEY,
  signs_from timestamptz NOT NULL UNIQUE,
  public_part jsonb NOT NULL CHECK (NOT public_part ? 'd'),
  private_part text NOT NULL,
  created_at timestamptz NOT NULL
);

-- Attempts to sign in, by month; the default partition takes what no month is open for.
CREATE TABLE identity.logins (
  id uuid NOT NULL,
  user_id uuid,  -- null: there is no such user
  at timestamptz NOT NULL,
  succeeded boolean NOT NULL,
  address text NOT NULL CHECK (length(address) <= 64),
  user_agent text NOT NULL CHECK (length(user_agent) <= 300),
  PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE INDEX ON identity.logins (user_id, id);
CREATE TABLE identity.logins_default PARTITION OF identity.logins DEFAULT;

-- Opens the partition of a month, with the rows that the default one took meanwhile; false when it is open.
CREATE FUNCTION identity.open_login_month(starts timestamptz, ends timestamptz) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  name text := format('logins_%s', to_char(starts AT TIME ZONE 'UTC', 'YYYY_MM'));
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('cinema.identity.logins'));
  IF to_regclass('identity.' || name) IS NOT NULL THEN
    RETURN false;
  END IF;
  LOCK TABLE identity.logins_default IN ACCESS EXCLUSIVE MODE;  -- for the milliseconds of the move
  EXECUTE format('CREATE TABLE identity.%I (LIKE identity.logins INCLUDING ALL)', name);
  EXECUTE format(
    'WITH moved AS (DELETE FROM identity.logins_default WHERE at >= %L AND at < %L RETURNING *)
     INSERT INTO identity.%I SELECT * FROM moved', starts, ends, name);
  EXECUTE format('ALTER TABLE identity.logins ATTACH PARTITION identity.%I FOR VALUES FROM (%L) TO (%L)',
    name, starts, ends);
  RETURN true;
END $$;

-- Drops the months that end at or before the limit; returns how many.
CREATE FUNCTION identity.drop_login_months(ended_by timestamptz) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  name text;
  dropped integer := 0;
BEGIN
  FOR name IN
    SELECT relname FROM pg_class AS c JOIN pg_inherits AS i ON i.inhrelid = c.oid
    WHERE i.inhparent = 'identity.logins'::regclass AND relname ~ '^logins_[0-9]{4}_[0-9]{2}$'
      AND make_timestamptz(substr(relname, 8, 4)::int, substr(relname, 13, 2)::int, 1, 0, 0, 0, 'UTC')
          + interval '1 month' <= ended_by
  LOOP
    EXECUTE format('DROP TABLE identity.%I', name);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END $$;
""")
