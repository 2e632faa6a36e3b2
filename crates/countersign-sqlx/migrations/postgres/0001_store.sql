-- Times are seconds since the Unix epoch.
CREATE TABLE IF NOT EXISTS {prefix}migrations (
    version BIGINT PRIMARY KEY,
    name TEXT NOT NULL
);

-- COLLATE "C": ids are compared and ordered byte by byte, whatever the database's own collation.
CREATE TABLE IF NOT EXISTS {prefix}users (
    id TEXT COLLATE "C" PRIMARY KEY,
    version BIGINT NOT NULL,
    record BYTEA NOT NULL,
    enabled BOOLEAN NOT NULL,
    confirmed_at BIGINT,
    last_verified_at BIGINT,
    recovery_remaining SMALLINT NOT NULL,
    locked BOOLEAN NOT NULL,
    reset_pending BOOLEAN NOT NULL,
    delayed_recovery BOOLEAN NOT NULL,
    -- The sum of 1 (totp), 2 (hotp), 4 (recovery_code), 8 (email_code), 16 (sms_code), 32
    -- (voice_code) and 64 (passkey).
    methods SMALLINT NOT NULL,
    due_at BIGINT
)
-- Room in each page for one row more. A commit then writes its row beside the old one, and no index
-- (a HOT update), because it seldom changes what an index is about.
WITH (fillfactor = 93);

CREATE INDEX IF NOT EXISTS {prefix}users_due ON {prefix}users (due_at) WHERE due_at IS NOT NULL;

-- For lists of the few users who are in such a state, and of those who are still without a second
-- factor.
CREATE INDEX IF NOT EXISTS {prefix}users_off ON {prefix}users (id) WHERE NOT enabled;
CREATE INDEX IF NOT EXISTS {prefix}users_locked ON {prefix}users (id) WHERE locked;
CREATE INDEX IF NOT EXISTS {prefix}users_reset ON {prefix}users (id) WHERE reset_pending;
CREATE INDEX IF NOT EXISTS {prefix}users_recovery ON {prefix}users (id) WHERE delayed_recovery;

-- TEXT, not JSONB: a user agent may hold what JSONB refuses. The numbers of positions must not be
-- cached (CACHE 1, as by default): an export relies on it that they are drawn in their order.
CREATE TABLE IF NOT EXISTS {prefix}events (
    position BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    event TEXT NOT NULL
);

CREATE INDEX IF NOT EXISTS {prefix}events_user ON {prefix}events (user_id, position);
CREATE INDEX IF NOT EXISTS {prefix}events_at ON {prefix}events (at);

INSERT INTO {prefix}migrations (version, name) VALUES (1, 'store') ON CONFLICT DO NOTHING;
