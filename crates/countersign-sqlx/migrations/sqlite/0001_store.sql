-- Times are seconds since the Unix epoch.
CREATE TABLE IF NOT EXISTS {prefix}migrations (
    version INTEGER PRIMARY KEY,
    name TEXT NOT NULL
) STRICT;

-- TEXT is compared byte by byte (BINARY) and must stay so.
CREATE TABLE IF NOT EXISTS {prefix}users (
    id TEXT COLLATE BINARY NOT NULL PRIMARY KEY,
    version INTEGER NOT NULL,
    record BLOB NOT NULL,
    enabled INTEGER NOT NULL,
    confirmed_at INTEGER,
    last_verified_at INTEGER,
    recovery_remaining INTEGER NOT NULL,
    locked INTEGER NOT NULL,
    reset_pending INTEGER NOT NULL,
    delayed_recovery INTEGER NOT NULL,
    -- The sum of 1 (totp), 2 (hotp), 4 (recovery_code), 8 (email_code), 16 (sms_code), 32
    -- (voice_code) and 64 (passkey).
    methods INTEGER NOT NULL,
    due_at INTEGER
) STRICT;

CREATE INDEX IF NOT EXISTS {prefix}users_due ON {prefix}users (due_at) WHERE due_at IS NOT NULL;

-- For lists of the few users who are in such a state, and of those who are still without a second
-- factor.
CREATE INDEX IF NOT EXISTS {prefix}users_off ON {prefix}users (id) WHERE NOT enabled;
CREATE INDEX IF NOT EXISTS {prefix}users_locked ON {prefix}users (id) WHERE locked;
CREATE INDEX IF NOT EXISTS {prefix}users_reset ON {prefix}users (id) WHERE reset_pending;
CREATE INDEX IF NOT EXISTS {prefix}users_recovery ON {prefix}users (id) WHERE delayed_recovery;

-- AUTOINCREMENT: a position that was pruned is not given again.
CREATE TABLE IF NOT EXISTS {prefix}events (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id TEXT COLLATE BINARY NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    event TEXT NOT NULL
) STRICT;

CREATE INDEX IF NOT EXISTS {prefix}events_user ON {prefix}events (user_id, position);
CREATE INDEX IF NOT EXISTS {prefix}events_at ON {prefix}events (at);

INSERT INTO {prefix}migrations (version, name) VALUES (1, 'store') ON CONFLICT DO NOTHING;
