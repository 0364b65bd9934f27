-- What comparisons found: outside the digest, never undone.
CREATE TABLE reconciliation (
    id           INTEGER PRIMARY KEY,
    mode         TEXT NOT NULL,    -- quick, contracts, replay, offline
    height       INTEGER NOT NULL, -- compared at this ledger block
    block_hash   BLOB NOT NULL,
    made_at      INTEGER NOT NULL, -- seconds since 1970
    differences  INTEGER NOT NULL,
    first_height INTEGER           -- the lowest ledger block from which something is wrong
);

CREATE TABLE mismatch (        -- whom what was found is about: answers about them say so
    kind     TEXT NOT NULL,    -- account, class, link, registry, ledger
    registry TEXT NOT NULL,    -- code; empty for a link and for the whole ledger
    name     TEXT NOT NULL,    -- 0x address, class symbol, CN_KR
    mode     TEXT NOT NULL,    -- of the comparison that found it
    what     TEXT NOT NULL,    -- kinds of differences, separated by commas
    since    INTEGER,          -- the lowest ledger block from which it is wrong, where that is known
    PRIMARY KEY (kind, registry, name, mode)
);
