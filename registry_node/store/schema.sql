-- The mirror's tables. Serials, quantities and heights fit 63 bits; the contracts see to it.
--
-- Two kinds of rows. A fact row carries the ledger block in which it happened (`block`). A version
-- row carries the heights between which it was true: from_height <= h < to_height; the sentinel
-- 9223372036854775807 means "still". Undoing block b and all after it is the same three statements
-- for every table: delete facts with block >= b, delete versions with from_height >= b, reopen
-- versions with b <= to_height < sentinel.
--
-- Each of these statements has an index to work with, so undoing costs what was done and not what
-- there is.
--
-- Addresses are 20 bytes, hashes 32.

CREATE TABLE meta (            -- schema, chain_id, genesis_hash, start_block, gateway, finalized
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE header (          -- the cursor is the highest row
    number      INTEGER PRIMARY KEY,
    hash        BLOB NOT NULL,
    parent_hash BLOB NOT NULL,
    timestamp   INTEGER NOT NULL,
    digest      BLOB NOT NULL  -- folds every change up to and including this block
);

CREATE TABLE raw_log (
    block     INTEGER NOT NULL,
    log_index INTEGER NOT NULL,
    tx_hash   BLOB NOT NULL,
    address   BLOB NOT NULL,
    topics    BLOB NOT NULL,   -- concatenated
    data      BLOB NOT NULL,
    PRIMARY KEY (block, log_index)
) WITHOUT ROWID;

CREATE TABLE registry (        -- from the deployment, not from events
    id        INTEGER PRIMARY KEY,
    code      TEXT NOT NULL UNIQUE,
    name      TEXT NOT NULL,
    address   BLOB NOT NULL UNIQUE,
    authority BLOB NOT NULL
);

CREATE TABLE desk (            -- from the deployment: the contracts around a registry
    registry_id INTEGER NOT NULL REFERENCES registry (id),
    name        TEXT NOT NULL, -- proposals, issuance, compliance, liens, holders
    address     BLOB NOT NULL UNIQUE,
    PRIMARY KEY (registry_id, name)
);

CREATE TABLE unit_class (      -- fact
    id              INTEGER PRIMARY KEY,
    registry_id     INTEGER NOT NULL REFERENCES registry (id),
    symbol          TEXT NOT NULL,
    unit_type       INTEGER NOT NULL,
    vintage         INTEGER NOT NULL,
    period_first    INTEGER NOT NULL,
    period_last     INTEGER NOT NULL,
    project         TEXT NOT NULL,
    category        TEXT NOT NULL,
    region          TEXT NOT NULL,
    origin_class_id INTEGER REFERENCES unit_class (id), -- of a foreign class
    block           INTEGER NOT NULL,
    UNIQUE (registry_id, symbol)
);
CREATE INDEX unit_class_begun ON unit_class (block);
CREATE INDEX unit_class_by_origin ON unit_class (origin_class_id);

CREATE TABLE class_total (     -- version; held = issued - the four after it
    class_id    INTEGER NOT NULL,
    cap         INTEGER NOT NULL,
    sealed      INTEGER NOT NULL,
    issued      INTEGER NOT NULL,
    escrowed    INTEGER NOT NULL,
    surrendered INTEGER NOT NULL,
    retired     INTEGER NOT NULL,
    cancelled   INTEGER NOT NULL,
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (class_id, from_height)
) WITHOUT ROWID;
CREATE INDEX class_total_begun ON class_total (from_height);
CREATE INDEX class_total_ended ON class_total (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE account (         -- version
    registry_id INTEGER NOT NULL,
    address     BLOB NOT NULL,
    kind        INTEGER NOT NULL,
    status      INTEGER NOT NULL,
    file_hash   BLOB NOT NULL,  -- of a system account: its purpose in ASCII
    opened_at   INTEGER NOT NULL, -- seconds since 1970
    controls    INTEGER NOT NULL, -- flags of `Controls`
    holding_limit INTEGER NOT NULL, -- units, when the controls say so
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, address, from_height)
) WITHOUT ROWID;
CREATE INDEX account_begun ON account (from_height);
CREATE INDEX account_ended ON account (to_height) WHERE to_height < 9223372036854775807;
CREATE INDEX account_system ON account (registry_id, address) WHERE kind = 6;

CREATE TABLE holding (         -- version; no row while the balance is zero. A gateway's rows are its escrow
    class_id    INTEGER NOT NULL,
    address     BLOB NOT NULL,
    balance     INTEGER NOT NULL,
    encumbered  INTEGER NOT NULL, -- of the balance: pledged or frozen
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (class_id, address, from_height)
) WITHOUT ROWID;
CREATE INDEX holding_begun ON holding (from_height);
CREATE INDEX holding_ended ON holding (to_height) WHERE to_height < 9223372036854775807;
CREATE INDEX holding_by_address ON holding (address, class_id, from_height);

CREATE TABLE movement (        -- fact: one UnitsMoved event
    id        INTEGER PRIMARY KEY, -- in ledger order
    class_id  INTEGER NOT NULL,
    first     INTEGER NOT NULL,
    last      INTEGER NOT NULL,
    sender    BLOB NOT NULL,      -- twenty zero bytes: the units are new
    recipient BLOB NOT NULL,
    tx_type   INTEGER NOT NULL,
    state     INTEGER NOT NULL,   -- of the units afterwards
    block     INTEGER NOT NULL,
    log_index INTEGER NOT NULL,
    tx_hash   BLOB NOT NULL
);
CREATE UNIQUE INDEX movement_by_position ON movement (block, log_index);
CREATE INDEX movement_by_class ON movement (class_id, id);
CREATE INDEX movement_by_sender ON movement (sender, id);
CREATE INDEX movement_by_recipient ON movement (recipient, id);
CREATE INDEX movement_by_transaction ON movement (tx_hash);

-- What remains of a block that was cut is a new version with the movement and parent of the old one:
-- a trace has as many steps as the serial moved, however often its neighbours did.
CREATE TABLE unit_block (      -- version: one block of serials under one owner in one state
    id          INTEGER PRIMARY KEY,
    class_id    INTEGER NOT NULL,
    first       INTEGER NOT NULL,
    last        INTEGER NOT NULL,
    owner       BLOB NOT NULL,
    state       INTEGER NOT NULL,
    position    INTEGER NOT NULL, -- in the owner's list on the ledger: greater is nearer to the head;
                                  -- the id of the version that was put there
    movement_id INTEGER NOT NULL, -- that brought these serials to this owner and state
    parent_id   INTEGER,          -- the version that the movement took them from; null when they were new
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL
);
-- The blocks that are true now: few questions ask for more.
CREATE UNIQUE INDEX unit_block_now ON unit_block (class_id, first) WHERE to_height = 9223372036854775807;
CREATE INDEX unit_block_now_by_owner ON unit_block (owner, class_id, position) WHERE to_height = 9223372036854775807;
CREATE INDEX unit_block_ended ON unit_block (to_height) WHERE to_height < 9223372036854775807;
CREATE INDEX unit_block_begun ON unit_block (from_height);
-- Those that ended, by what had brought them about: where a serial was at a past height.
CREATE INDEX unit_block_by_movement ON unit_block (movement_id, to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE issuance (        -- fact
    class_id  INTEGER NOT NULL,
    first     INTEGER NOT NULL,
    last      INTEGER NOT NULL,
    evidence  BLOB NOT NULL,
    block     INTEGER NOT NULL,
    log_index INTEGER NOT NULL,
    tx_hash   BLOB NOT NULL,
    PRIMARY KEY (class_id, first)
);
CREATE INDEX issuance_begun ON issuance (block);

CREATE TABLE verification (    -- fact
    registry_id INTEGER NOT NULL,
    report      BLOB NOT NULL,
    class_id    INTEGER NOT NULL,
    quantity    INTEGER NOT NULL,
    verifier    BLOB NOT NULL,
    block       INTEGER NOT NULL,
    PRIMARY KEY (registry_id, report)
);
CREATE INDEX verification_begun ON verification (block);

CREATE TABLE unit_use (        -- fact: what a surrender, retirement or cancellation was for
    address         BLOB NOT NULL,
    class_id        INTEGER NOT NULL,
    state           INTEGER NOT NULL,
    quantity        INTEGER NOT NULL,
    compliance_year INTEGER NOT NULL, -- zero unless surrendered
    memo            BLOB NOT NULL,
    block           INTEGER NOT NULL,
    log_index       INTEGER NOT NULL,
    tx_hash         BLOB NOT NULL,
    PRIMARY KEY (block, log_index)
);
CREATE INDEX unit_use_by_year ON unit_use (compliance_year, address);
CREATE INDEX unit_use_by_transaction ON unit_use (tx_hash);

CREATE TABLE link (            -- fact: one direction of an agreement
    id             INTEGER PRIMARY KEY, -- as on the ledger: 2n and 2n + 1
    agreement_id   INTEGER NOT NULL,
    source_id      INTEGER NOT NULL REFERENCES registry (id),
    destination_id INTEGER NOT NULL REFERENCES registry (id),
    proposed_by    BLOB NOT NULL,
    block          INTEGER NOT NULL
);
CREATE INDEX link_begun ON link (block);

CREATE TABLE link_state (      -- version
    link_id      INTEGER NOT NULL,
    version      INTEGER NOT NULL, -- of the terms in force; 0 before acceptance
    suspended_by INTEGER NOT NULL, -- bit 0: the source's side, bit 1: the destination's
    from_height  INTEGER NOT NULL,
    to_height    INTEGER NOT NULL,
    PRIMARY KEY (link_id, from_height)
) WITHOUT ROWID;
CREATE INDEX link_state_begun ON link_state (from_height);
CREATE INDEX link_state_ended ON link_state (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE link_terms (      -- fact: terms as they were proposed, accepted, and came into force
    link_id          INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    in_force         INTEGER NOT NULL, -- 0 proposed, 1 in force, 2 accepted: waits for its notice
    rate_numerator   TEXT NOT NULL,    -- 64 bits unsigned, so as text
    rate_denominator TEXT NOT NULL,
    quota            INTEGER NOT NULL,
    quota_share      INTEGER NOT NULL, -- basis points of a cap; zero: the quota is absolute
    quota_class      TEXT NOT NULL,    -- symbol of the class whose cap that is
    net              INTEGER NOT NULL, -- 1: what comes home gives its quota back
    notice           INTEGER NOT NULL, -- seconds that other terms wait after their acceptance
    valid_from       INTEGER NOT NULL,
    valid_until      INTEGER NOT NULL,
    period_start     INTEGER NOT NULL,
    period_length    INTEGER NOT NULL,
    unit_types       INTEGER NOT NULL, -- bit (1 << unit type) for each type accepted
    vintage_from     INTEGER NOT NULL,
    vintage_to       INTEGER NOT NULL,
    categories       TEXT NOT NULL,    -- separated by commas; none: any
    regions          TEXT NOT NULL,
    effective_at     INTEGER,          -- of accepted terms
    changed_by       BLOB NOT NULL,
    block            INTEGER NOT NULL,
    log_index        INTEGER NOT NULL,
    tx_hash          BLOB NOT NULL,
    PRIMARY KEY (block, log_index)
);
CREATE INDEX link_terms_by_link ON link_terms (link_id, version, in_force);

CREATE TABLE quota_use (       -- version: the meter of a link in one quota period
    link_id      INTEGER NOT NULL,
    period_start INTEGER NOT NULL,
    used         INTEGER NOT NULL,
    from_height  INTEGER NOT NULL,
    to_height    INTEGER NOT NULL,
    PRIMARY KEY (link_id, period_start, from_height)
) WITHOUT ROWID;
CREATE INDEX quota_use_begun ON quota_use (from_height);
CREATE INDEX quota_use_ended ON quota_use (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE lot (             -- fact
    id               INTEGER PRIMARY KEY, -- as on the ledger
    link_id          INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    sender           BLOB NOT NULL,
    recipient        BLOB NOT NULL,
    source_class_id  INTEGER NOT NULL,
    foreign_class_id INTEGER NOT NULL,
    source_count     INTEGER NOT NULL,
    foreign_first    INTEGER NOT NULL,
    foreign_count    INTEGER NOT NULL,
    rate_numerator   TEXT NOT NULL,
    rate_denominator TEXT NOT NULL,
    block            INTEGER NOT NULL,
    log_index        INTEGER NOT NULL,
    tx_hash          BLOB NOT NULL
);
CREATE INDEX lot_begun ON lot (block);
CREATE UNIQUE INDEX lot_by_foreign_serial ON lot (foreign_class_id, foreign_first);
CREATE INDEX lot_by_transaction ON lot (tx_hash);

CREATE TABLE lot_source (      -- fact: source serials of a lot, in offset order
    lot_id       INTEGER NOT NULL,
    source_offset INTEGER NOT NULL, -- units of the lot before this range
    class_id     INTEGER NOT NULL,
    first        INTEGER NOT NULL,
    last         INTEGER NOT NULL,
    block        INTEGER NOT NULL,
    PRIMARY KEY (lot_id, source_offset)
);
CREATE INDEX lot_source_begun ON lot_source (block);
-- A serial is exported again after it came home, so one serial may be in many lots.
CREATE INDEX lot_source_by_serial ON lot_source (class_id, first);

CREATE TABLE lot_state (       -- version
    lot_id      INTEGER NOT NULL,
    escrowed    INTEGER NOT NULL, -- source units still in escrow
    outstanding INTEGER NOT NULL, -- foreign units still in circulation
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (lot_id, from_height)
) WITHOUT ROWID;
CREATE INDEX lot_state_begun ON lot_state (from_height);
CREATE INDEX lot_state_ended ON lot_state (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE lot_settlement (  -- fact: units of a lot that left circulation abroad, or escrow at home
    lot_id     INTEGER NOT NULL,
    at_source  INTEGER NOT NULL, -- 1: source serials, 0: foreign serials
    first      INTEGER NOT NULL,
    last       INTEGER NOT NULL,
    state      INTEGER NOT NULL, -- HELD: came home; else how they were used
    block      INTEGER NOT NULL,
    log_index  INTEGER NOT NULL,
    tx_hash    BLOB NOT NULL,
    PRIMARY KEY (block, log_index)
);
CREATE INDEX lot_settlement_by_lot ON lot_settlement (lot_id, block, log_index);

CREATE TABLE link_waiting (    -- version: accepted terms whose notice runs
    link_id      INTEGER NOT NULL,
    effective_at INTEGER NOT NULL,
    accepted_in  INTEGER NOT NULL, -- block and log of their row in link_terms
    accepted_log INTEGER NOT NULL,
    quota        INTEGER NOT NULL, -- theirs, or lowered while they wait
    quota_share  INTEGER NOT NULL,
    quota_class  TEXT NOT NULL,
    from_height  INTEGER NOT NULL,
    to_height    INTEGER NOT NULL,
    PRIMARY KEY (link_id, from_height)
) WITHOUT ROWID;
CREATE INDEX link_waiting_begun ON link_waiting (from_height);
CREATE INDEX link_waiting_ended ON link_waiting (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE proposal (        -- version
    registry_id INTEGER NOT NULL,
    number      INTEGER NOT NULL, -- as on the programme's proposal desk
    target      BLOB NOT NULL,
    proposer    BLOB NOT NULL,
    approver    BLOB,
    call        TEXT NOT NULL,    -- what it would do: the call data in hexadecimal digits
    deadline    INTEGER NOT NULL, -- last second to approve, or once approved to execute
    ready_at    INTEGER,          -- first second to execute
    state       INTEGER NOT NULL, -- as the contract numbers them; expiry is a matter of time
    ended_by    BLOB,             -- who executed or stopped it
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, number, from_height)
) WITHOUT ROWID;
CREATE INDEX proposal_begun ON proposal (from_height);
CREATE INDEX proposal_ended ON proposal (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE compliance_year ( -- version
    registry_id        INTEGER NOT NULL,
    year               INTEGER NOT NULL,
    deadline           INTEGER NOT NULL,
    first_vintage      INTEGER NOT NULL,
    last_vintage       INTEGER NOT NULL,
    reversal_window    INTEGER NOT NULL,
    deduction_multiple INTEGER NOT NULL,
    banking            INTEGER NOT NULL, -- as the contract numbers it
    closed             INTEGER NOT NULL,
    from_height        INTEGER NOT NULL,
    to_height          INTEGER NOT NULL,
    PRIMARY KEY (registry_id, year, from_height)
) WITHOUT ROWID;
CREATE INDEX compliance_year_begun ON compliance_year (from_height);
CREATE INDEX compliance_year_ended ON compliance_year (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE compliance_limit ( -- version: a ceiling of a year on what one operator surrenders
    registry_id  INTEGER NOT NULL,
    year         INTEGER NOT NULL,
    place        INTEGER NOT NULL, -- in the year's list, from 0
    base         INTEGER NOT NULL, -- as the contract numbers it
    basis_points INTEGER NOT NULL, -- of the base
    amount       INTEGER NOT NULL, -- units, where the base is absolute
    parent       INTEGER NOT NULL, -- place of the limit that the base counts
    unit_types   INTEGER NOT NULL, -- bit (1 << unit type) for each type counted
    category     TEXT NOT NULL,    -- empty: any
    region       TEXT NOT NULL,    -- empty: any
    outside      INTEGER NOT NULL, -- 1: counts classes of other regions
    from_height  INTEGER NOT NULL,
    to_height    INTEGER NOT NULL,
    PRIMARY KEY (registry_id, year, place, from_height)
) WITHOUT ROWID;
CREATE INDEX compliance_limit_begun ON compliance_limit (from_height);
CREATE INDEX compliance_limit_ended ON compliance_limit (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE excluded_category ( -- fact: credits that a year does not accept
    registry_id INTEGER NOT NULL,
    year        INTEGER NOT NULL,
    category    TEXT NOT NULL,
    block       INTEGER NOT NULL,
    log_index   INTEGER NOT NULL,
    PRIMARY KEY (block, log_index)
);

CREATE TABLE filing (          -- fact: what was filed or decided about an operator's year, in hashes
    registry_id INTEGER NOT NULL,
    address     BLOB NOT NULL,
    year        INTEGER NOT NULL,
    kind        TEXT NOT NULL,    -- plan, objection, decision, debt, sanction
    memo        BLOB NOT NULL,
    number      INTEGER NOT NULL, -- version of a plan, units of a debt
    block       INTEGER NOT NULL,
    log_index   INTEGER NOT NULL,
    tx_hash     BLOB NOT NULL,
    PRIMARY KEY (block, log_index)
);
CREATE INDEX filing_by_operator ON filing (registry_id, address, year);

CREATE TABLE obligation (      -- version: one operator, one year
    registry_id INTEGER NOT NULL,
    address     BLOB NOT NULL,
    year        INTEGER NOT NULL,
    state       INTEGER NOT NULL, -- of the emissions, as the contract numbers them
    settled     INTEGER NOT NULL,
    emissions   INTEGER NOT NULL, -- attested, then confirmed or assigned
    debt        INTEGER NOT NULL,
    surrendered INTEGER NOT NULL,
    initial     INTEGER NOT NULL, -- first allocation
    issued      INTEGER NOT NULL, -- initial and adjustments
    deduction   INTEGER NOT NULL, -- units owed in the next year for the shortfall of this one
    verifier    BLOB,             -- who attested the emissions
    report      BLOB,             -- hash of the emission report
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, address, year, from_height)
) WITHOUT ROWID;
CREATE INDEX obligation_begun ON obligation (from_height);
CREATE INDEX obligation_ended ON obligation (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE allocation (      -- version
    registry_id INTEGER NOT NULL,
    number      INTEGER NOT NULL, -- as on the issuance desk
    class_id    INTEGER NOT NULL,
    recipient   BLOB NOT NULL,
    quantity    INTEGER NOT NULL, -- not reversed
    year        INTEGER NOT NULL, -- compliance year that it is for
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, number, from_height)
) WITHOUT ROWID;
CREATE INDEX allocation_begun ON allocation (from_height);
CREATE INDEX allocation_ended ON allocation (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE lien (            -- version; no row once lifted
    registry_id INTEGER NOT NULL,
    number      INTEGER NOT NULL, -- as on the lien desk
    kind        INTEGER NOT NULL, -- 1 freeze, 2 pledge
    account     BLOB NOT NULL,
    creditor    BLOB NOT NULL,    -- twenty zero bytes: a freeze has none
    class_id    INTEGER NOT NULL,
    ranges      TEXT NOT NULL,    -- 1-100,201-300
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, number, from_height)
) WITHOUT ROWID;
CREATE INDEX lien_begun ON lien (from_height);
CREATE INDEX lien_ended ON lien (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE paid_share (      -- version: what an operator buys before its free allowances are free
    registry_id INTEGER NOT NULL,
    address     BLOB NOT NULL,
    required    INTEGER NOT NULL, -- units, cumulative
    bought      INTEGER NOT NULL,
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, address, from_height)
) WITHOUT ROWID;
CREATE INDEX paid_share_begun ON paid_share (from_height);
CREATE INDEX paid_share_ended ON paid_share (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE holder_grant (    -- version: whom an account trusts, or lets act for it; no row once ended
    registry_id INTEGER NOT NULL,
    address     BLOB NOT NULL,    -- the account
    kind        TEXT NOT NULL,    -- trusted, representative, settler
    grantee     BLOB NOT NULL,
    value       INTEGER NOT NULL, -- of a representative its rights, else the second it counts from
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, address, kind, grantee, from_height)
) WITHOUT ROWID;
CREATE INDEX holder_grant_begun ON holder_grant (from_height);
CREATE INDEX holder_grant_ended ON holder_grant (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE request (         -- version: a call in the name of an account, at the holder desk
    registry_id INTEGER NOT NULL,
    number      INTEGER NOT NULL, -- as on the holder desk
    account     BLOB NOT NULL,
    initiator   BLOB NOT NULL,
    target      BLOB NOT NULL,
    call        TEXT NOT NULL,    -- the call data in hexadecimal digits
    approver    BLOB,
    approved_at INTEGER,
    ready_at    INTEGER,          -- first second to execute
    deadline    INTEGER NOT NULL, -- last second to approve, or once approved to execute
    state       INTEGER NOT NULL, -- as the contract numbers them; expiry is a matter of time
    ended_by    BLOB,             -- who cancelled it
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, number, from_height)
) WITHOUT ROWID;
CREATE INDEX request_begun ON request (from_height);
CREATE INDEX request_ended ON request (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE trade (           -- fact: one leg that a trading institution settled
    registry_id INTEGER NOT NULL,
    institution BLOB NOT NULL,
    memo        BLOB NOT NULL,    -- the exchange's reference
    class_id    INTEGER NOT NULL,
    sender      BLOB NOT NULL,
    recipient   BLOB NOT NULL,
    quantity    INTEGER NOT NULL,
    block       INTEGER NOT NULL,
    log_index   INTEGER NOT NULL,
    tx_hash     BLOB NOT NULL,
    PRIMARY KEY (block, log_index)
);

CREATE TABLE setting (         -- version: what the programme has set; no row while it has set nothing
    registry_id INTEGER NOT NULL,
    name        TEXT NOT NULL,
    value       TEXT NOT NULL,
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, name, from_height)
) WITHOUT ROWID;
CREATE INDEX setting_begun ON setting (from_height);
CREATE INDEX setting_ended ON setting (to_height) WHERE to_height < 9223372036854775807;

-- The last two tables say what was found when this mirror was compared with what it should be. They
-- are of this mirror and not of the ledger: outside the digest, never undone.

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
