-- The demo's own tables, beside those of the library's store. Times are seconds since the Unix
-- epoch.
CREATE TABLE IF NOT EXISTS demo_users (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    -- An Argon2id hash, with its parameters and its salt.
    password TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    confirmed_at BIGINT,
    -- When a mailed link set the password that the user has.
    reset_at BIGINT,
    -- The language of mails: a tag, of the request that signed up or began the latest session, or
    -- that chose another.
    language TEXT NOT NULL
);

-- What was done once and for all to a database of an earlier release.
CREATE TABLE IF NOT EXISTS demo_upgrades (
    name TEXT PRIMARY KEY
);

-- A link that was mailed, by the hash of its token. There is one of a kind for each user, the
-- newest.
CREATE TABLE IF NOT EXISTS demo_links (
    user_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, purpose)
);

-- A link that was used, so that whoever opens it again is told so. Its hash is kept at least as
-- long as the link would have worked.
CREATE TABLE IF NOT EXISTS demo_used_links (
    hash TEXT PRIMARY KEY,
    purpose TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- A change of an address: until its link is followed (confirm), and then until the old address can
-- no longer undo it. Both links are here by the hashes of their tokens.
CREATE TABLE IF NOT EXISTS demo_new_addresses (
    user_id TEXT PRIMARY KEY,
    email TEXT NOT NULL,
    confirm TEXT UNIQUE,
    -- Absent if the old address was not confirmed and so got no mail.
    undo TEXT UNIQUE,
    expires_at BIGINT NOT NULL,
    -- Of the session that asked.
    epoch TEXT NOT NULL,
    -- An address that was confirmed, once the change is done.
    old_email TEXT
);

-- A session, by the hash of its id. No foreign key: a row is written with every sign-in, and
-- without its user it is worth nothing.
CREATE TABLE IF NOT EXISTS demo_sessions (
    id TEXT PRIMARY KEY,
    user_id TEXT NOT NULL,
    data TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS demo_sessions_user ON demo_sessions (user_id);
CREATE INDEX IF NOT EXISTS demo_sessions_expiry ON demo_sessions (expires_at);
