-- One row for each commit that the user is to be told of, until that is done.
CREATE TABLE IF NOT EXISTS {prefix}outbox (
    position BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id VARBINARY(255) NOT NULL,
    -- A JSON array.
    events LONGTEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    -- When a worker may take it: the next try, or the end of the lease of the worker that has it.
    available_at BIGINT NOT NULL,
    -- How many messages of the user were waiting when it came: users are told in turn.
    turn BIGINT NOT NULL,
    -- When it was given up. It is kept for somebody to look at.
    parked_at BIGINT,
    error TEXT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE INDEX IF NOT EXISTS {prefix}outbox_turn ON {prefix}outbox (parked_at, turn, position);
CREATE INDEX IF NOT EXISTS {prefix}outbox_user ON {prefix}outbox (user_id, parked_at, position);

INSERT IGNORE INTO {prefix}migrations (version, name) VALUES (2, 'outbox');
