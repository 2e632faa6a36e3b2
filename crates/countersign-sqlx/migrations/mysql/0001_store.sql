-- Times are seconds since the Unix epoch. MariaDB commits each statement here by itself, so that
-- each may run again.
CREATE TABLE IF NOT EXISTS {prefix}migrations (
    version BIGINT NOT NULL PRIMARY KEY,
    name VARCHAR(64) NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- VARBINARY: ids are compared and ordered byte by byte, spaces at their end too. An id has at most
-- 255 bytes.
CREATE TABLE IF NOT EXISTS {prefix}users (
    id VARBINARY(255) NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL,
    record LONGBLOB NOT NULL,
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
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE INDEX IF NOT EXISTS {prefix}users_due ON {prefix}users (due_at);

-- For lists of the few users who are in such a state, and of those who are still without a second
-- factor.
CREATE INDEX IF NOT EXISTS {prefix}users_off ON {prefix}users (enabled, id);
CREATE INDEX IF NOT EXISTS {prefix}users_locked ON {prefix}users (locked, id);
CREATE INDEX IF NOT EXISTS {prefix}users_reset ON {prefix}users (reset_pending, id);
CREATE INDEX IF NOT EXISTS {prefix}users_recovery ON {prefix}users (delayed_recovery, id);

-- An event has no number until an export gives it one.
CREATE TABLE IF NOT EXISTS {prefix}events (
    position BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    user_id VARBINARY(255) NOT NULL,
    at BIGINT NOT NULL,
    kind VARCHAR(64) NOT NULL,
    event LONGTEXT NOT NULL,
    number BIGINT
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE INDEX IF NOT EXISTS {prefix}events_user ON {prefix}events (user_id, position);
CREATE INDEX IF NOT EXISTS {prefix}events_at ON {prefix}events (at);
CREATE INDEX IF NOT EXISTS {prefix}events_number ON {prefix}events (number, position);

-- One row: the last number that an export gave.
CREATE TABLE IF NOT EXISTS {prefix}exported (
    id BIGINT NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

INSERT IGNORE INTO {prefix}exported (id, number) VALUES (1, 0);
INSERT IGNORE INTO {prefix}migrations (version, name) VALUES (1, 'store');
