-- One row for each commit that the user is to be told of, until that is done.
CREATE TABLE IF NOT EXISTS {prefix}outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id TEXT COLLATE BINARY NOT NULL,
    -- A JSON array.
    events TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    -- When a worker may take it: the next try, or the end of the lease of the worker that has it.
    available_at INTEGER NOT NULL,
    -- How many messages of the user were waiting when it came: users are told in turn.
    turn INTEGER NOT NULL,
    -- When it was given up. It is kept for somebody to look at.
    parked_at INTEGER,
    error TEXT
) STRICT;

CREATE INDEX IF NOT EXISTS {prefix}outbox_turn ON {prefix}outbox (turn, position) WHERE parked_at IS NULL;
CREATE INDEX IF NOT EXISTS {prefix}outbox_user ON {prefix}outbox (user_id, position) WHERE parked_at IS NULL;

INSERT INTO {prefix}migrations (version, name) VALUES (2, 'outbox') ON CONFLICT DO NOTHING;
