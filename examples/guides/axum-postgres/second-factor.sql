-- A session has the epoch of its user. Sessions from before the roll-out have epoch 0.
ALTER TABLE sessions ADD COLUMN epoch bigint NOT NULL DEFAULT 0;
