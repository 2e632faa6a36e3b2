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
    due_at BIGINT
);

CREATE INDEX IF NOT EXISTS {prefix}users_due ON {prefix}users (due_at) WHERE due_at IS NOT NULL;

-- TEXT, not JSONB: a user agent may hold what JSONB refuses.
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
