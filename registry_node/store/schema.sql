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
    authority BLOB NOT NULL,
    proxy_hash   BLOB NOT NULL, -- of the code at the address, which never changes
    edition_hash BLOB NOT NULL  -- of the code that it ran first
);

CREATE TABLE desk (            -- fact: a contract around a registry, since the programme first named it
    registry_id INTEGER NOT NULL REFERENCES registry (id),
    address     BLOB NOT NULL,
    block       INTEGER NOT NULL,
    PRIMARY KEY (registry_id, address)
);
CREATE INDEX desk_begun ON desk (block);

CREATE TABLE office (          -- version: the desk that the programme follows now
    registry_id INTEGER NOT NULL,
    name        TEXT NOT NULL, -- proposals, issuance, compliance, liens, holders
    desk        BLOB NOT NULL,
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, name, from_height)
) WITHOUT ROWID;
CREATE INDEX office_begun ON office (from_height);
CREATE INDEX office_ended ON office (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE code (            -- version: the code that runs at an address which can be given other code
    contract    BLOB NOT NULL,
    edition     BLOB NOT NULL, -- address of that code
    code_hash   BLOB,          -- of that code, where a decision names it
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (contract, from_height)
) WITHOUT ROWID;
CREATE INDEX code_begun ON code (from_height);
CREATE INDEX code_ended ON code (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE role_holder (     -- version: who has a role of a programme; no row once it is taken back
    registry_id INTEGER NOT NULL,
    role        INTEGER NOT NULL, -- as in Roles.sol; of province n 2^32 + n
    address     BLOB NOT NULL,
    since       INTEGER NOT NULL, -- seconds since 1970
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, role, address, from_height)
) WITHOUT ROWID;
CREATE INDEX role_holder_begun ON role_holder (from_height);
CREATE INDEX role_holder_ended ON role_holder (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE role_exclusion (  -- version: two roles that one key never has; the lower number first
    registry_id INTEGER NOT NULL,
    role        INTEGER NOT NULL,
    other_role  INTEGER NOT NULL,
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, role, other_role, from_height)
) WITHOUT ROWID;
CREATE INDEX role_exclusion_begun ON role_exclusion (from_height);
CREATE INDEX role_exclusion_ended ON role_exclusion (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE document (        -- fact: a rule book, a register of labels or the like, by its hash
    registry_id INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    document    BLOB NOT NULL,
    valid_from  INTEGER NOT NULL, -- seconds since 1970
    block       INTEGER NOT NULL,
    log_index   INTEGER NOT NULL,
    tx_hash     BLOB NOT NULL,
    PRIMARY KEY (block, log_index)
);
CREATE INDEX document_by_kind ON document (registry_id, kind);

CREATE TABLE unit_class (      -- fact
    id              INTEGER PRIMARY KEY,
    registry_id     INTEGER NOT NULL REFERENCES registry (id),
    symbol          TEXT NOT NULL,
    unit_type       INTEGER NOT NULL,
    vintage         INTEGER NOT NULL,
    period_first    INTEGER NOT NULL,
    period_last     INTEGER NOT NULL,
    origin_class_id INTEGER REFERENCES unit_class (id), -- of a foreign class
    block           INTEGER NOT NULL,
    UNIQUE (registry_id, symbol)
);
CREATE INDEX unit_class_begun ON unit_class (block);
CREATE INDEX unit_class_by_origin ON unit_class (origin_class_id);

CREATE TABLE class_attribute ( -- fact: what a class says of itself, in the words of the ledger
    class_id  INTEGER NOT NULL,
    attribute BLOB NOT NULL,
    word      BLOB NOT NULL,   -- text stands to the left, a number to the right
    block     INTEGER NOT NULL,
    PRIMARY KEY (class_id, attribute)
);
CREATE INDEX class_attribute_begun ON class_attribute (block);

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
    province    INTEGER NOT NULL, -- that administers it, by the programme's own numbers; zero: none
    approval_round INTEGER NOT NULL, -- approvals of earlier rounds are void
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, address, from_height)
) WITHOUT ROWID;
CREATE INDEX account_begun ON account (from_height);
CREATE INDEX account_ended ON account (to_height) WHERE to_height < 9223372036854775807;
CREATE INDEX account_system ON account (registry_id, address) WHERE kind = 6;

CREATE TABLE operator_approval ( -- version: who may transfer an account's units (ERC-1155)
    registry_id INTEGER NOT NULL,
    address     BLOB NOT NULL,
    operator    BLOB NOT NULL,
    round       INTEGER NOT NULL, -- void unless it is the account's
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, address, operator, from_height)
) WITHOUT ROWID;
CREATE INDEX operator_approval_begun ON operator_approval (from_height);
CREATE INDEX operator_approval_ended ON operator_approval (to_height) WHERE to_height < 9223372036854775807;

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
    list        INTEGER NOT NULL, -- of its owner's four on the ledger, by size; 0 when it is in none
    position    INTEGER NOT NULL, -- in that list: greater is nearer to the head; the id of the
                                  -- version that was put there
    marks       INTEGER NOT NULL, -- flags of `Marks`
    movement_id INTEGER NOT NULL, -- that brought these serials to this owner and state
    parent_id   INTEGER,          -- the version that the movement took them from; null when they were new
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL
);
-- The blocks that are true now: few questions ask for more.
CREATE UNIQUE INDEX unit_block_now ON unit_block (class_id, first) WHERE to_height = 9223372036854775807;
CREATE INDEX unit_block_now_by_owner ON unit_block (owner, class_id, list, position) WHERE to_height = 9223372036854775807;
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

CREATE TABLE correction (      -- version: units of an issuance to be cancelled because it was wrong
    registry_id INTEGER NOT NULL,
    desk        BLOB NOT NULL,
    class_id    INTEGER NOT NULL,
    first       INTEGER NOT NULL, -- of the issuance
    correcting  INTEGER NOT NULL, -- decided, and not cancelled yet
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, desk, class_id, first, from_height)
) WITHOUT ROWID;
CREATE INDEX correction_begun ON correction (from_height);
CREATE INDEX correction_ended ON correction (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE verification (    -- fact
    registry_id INTEGER NOT NULL,
    desk        BLOB NOT NULL,
    report      BLOB NOT NULL,
    class_id    INTEGER NOT NULL,
    quantity    INTEGER NOT NULL,
    verifier    BLOB NOT NULL,
    block       INTEGER NOT NULL,
    log_index   INTEGER NOT NULL,
    PRIMARY KEY (block, log_index, registry_id)
);
CREATE INDEX verification_by_report ON verification (registry_id, report);

CREATE TABLE report_claim (    -- fact: the one programme in which a verification report counts
    report      BLOB PRIMARY KEY,
    registry_id INTEGER NOT NULL,
    block       INTEGER NOT NULL
);
CREATE INDEX report_claim_begun ON report_claim (block);

CREATE TABLE unit_use (        -- fact: what a surrender, retirement or cancellation was for
    address         BLOB NOT NULL,
    class_id        INTEGER NOT NULL,
    state           INTEGER NOT NULL,
    quantity        INTEGER NOT NULL,
    compliance_year INTEGER NOT NULL, -- zero unless surrendered
    memo            BLOB NOT NULL,
    text            BLOB NOT NULL,    -- hash of a text of any length; zero: none
    block           INTEGER NOT NULL,
    log_index       INTEGER NOT NULL,
    tx_hash         BLOB NOT NULL,
    PRIMARY KEY (block, log_index)
);
CREATE INDEX unit_use_by_year ON unit_use (compliance_year, address);
CREATE INDEX unit_use_by_transaction ON unit_use (tx_hash);

CREATE TABLE member (          -- version: a programme that takes part in links
    registry_id INTEGER NOT NULL,
    code        TEXT NOT NULL,    -- as it was when it was admitted
    sponsor_id  INTEGER NOT NULL, -- the programme that admitted it
    admitted_by BLOB NOT NULL,
    admitted_in INTEGER NOT NULL, -- ledger block
    succession  INTEGER NOT NULL, -- of the gateway's code, that it accepted last
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, from_height)
) WITHOUT ROWID;
CREATE INDEX member_begun ON member (from_height);
CREATE INDEX member_ended ON member (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE succession (      -- version: other code for the gateway
    number      INTEGER NOT NULL, -- as on the gateway
    edition     BLOB NOT NULL,    -- address of the code
    code_hash   BLOB NOT NULL,
    ready_at    INTEGER NOT NULL, -- first second in which it can be carried out though some are silent
    proposed_by INTEGER NOT NULL, -- registry
    accepted    INTEGER NOT NULL, -- members that accepted
    stopped_by  INTEGER,          -- registry that objected
    done        INTEGER NOT NULL,
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (number, from_height)
) WITHOUT ROWID;
CREATE INDEX succession_begun ON succession (from_height);
CREATE INDEX succession_ended ON succession (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE link (            -- fact: one direction of an agreement
    id             INTEGER PRIMARY KEY, -- as on the ledger: 2n and 2n + 1
    agreement_id   INTEGER NOT NULL,
    source_id      INTEGER NOT NULL REFERENCES registry (id),
    destination_id INTEGER NOT NULL REFERENCES registry (id),
    proposed_by    BLOB NOT NULL,
    block          INTEGER NOT NULL
);
CREATE INDEX link_begun ON link (block);

CREATE TABLE link_edition (    -- fact: code of a side that the other side accepted; no row is ever taken back
    agreement_id INTEGER NOT NULL,
    registry_id  INTEGER NOT NULL, -- whose code
    edition_hash BLOB NOT NULL,    -- see `editionOf`
    stage        INTEGER NOT NULL, -- 0 consented to in a proposal, 1 accepted with it, 2 later
    accepted_by  BLOB NOT NULL,
    block        INTEGER NOT NULL,
    log_index    INTEGER NOT NULL,
    tx_hash      BLOB NOT NULL,
    PRIMARY KEY (block, log_index)
);
CREATE INDEX link_edition_by_agreement ON link_edition (agreement_id, registry_id);

CREATE TABLE link_state (      -- version
    link_id      INTEGER NOT NULL,
    version      INTEGER NOT NULL, -- of the terms in force; 0 before acceptance
    suspended_by INTEGER NOT NULL, -- bit 0: the source's side, bit 1: the destination's
    ends_at      INTEGER NOT NULL, -- first second in which the agreement has ended; zero: no notice
    from_height  INTEGER NOT NULL,
    to_height    INTEGER NOT NULL,
    PRIMARY KEY (link_id, from_height)
) WITHOUT ROWID;
CREATE INDEX link_state_begun ON link_state (from_height);
CREATE INDEX link_state_ended ON link_state (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE link_terms (      -- fact: terms as they were proposed, accepted, and came into force
    link_id          INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    stage            INTEGER NOT NULL, -- 0 proposed, 1 in force, 2 accepted: waits for its notice
    rate_numerator   TEXT NOT NULL,    -- 64 bits unsigned, so as text
    rate_denominator TEXT NOT NULL,
    quota            INTEGER NOT NULL,
    quota_share      INTEGER NOT NULL, -- basis points of a cap; zero: the quota is absolute
    quota_class      TEXT NOT NULL,    -- symbol of the class whose cap that is
    net              INTEGER NOT NULL, -- 1: what comes home gives its quota back
    fresh_meter      INTEGER NOT NULL, -- 1: what was used before does not count
    freezes_abroad   INTEGER NOT NULL, -- 1: a freeze by the source reaches units at the destination
    notice           INTEGER NOT NULL, -- seconds that other terms wait after their acceptance
    valid_from       INTEGER NOT NULL,
    valid_until      INTEGER NOT NULL,
    periods          TEXT NOT NULL,    -- last second of each quota period, separated by commas
    unit_types       INTEGER NOT NULL, -- bit (1 << unit type) for each type accepted
    vintage_from     INTEGER NOT NULL,
    vintage_to       INTEGER NOT NULL,
    unit             BLOB NOT NULL,    -- what a source unit is; zero: a tonne
    conditions       TEXT NOT NULL,    -- see `domain.conditions`
    effective_at     INTEGER,          -- of accepted terms
    deadline         INTEGER,          -- of proposed terms: last second to accept
    side_id          INTEGER,          -- of proposed terms: the registry that proposes
    changed_by       BLOB NOT NULL,    -- who decided
    carried_out_by   BLOB,             -- of terms in force: whose step they came into force with
    block            INTEGER NOT NULL,
    log_index        INTEGER NOT NULL,
    tx_hash          BLOB NOT NULL,
    PRIMARY KEY (block, log_index)
);
CREATE INDEX link_terms_by_link ON link_terms (link_id, version, stage);

CREATE TABLE link_proposal (   -- version: proposed terms that can be accepted
    link_id     INTEGER NOT NULL,
    proposed_in INTEGER NOT NULL, -- block and log of their row in link_terms
    proposed_log INTEGER NOT NULL,
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (link_id, from_height)
) WITHOUT ROWID;
CREATE INDEX link_proposal_begun ON link_proposal (from_height);
CREATE INDEX link_proposal_ended ON link_proposal (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE link_waiting (    -- version: accepted terms whose notice runs
    link_id      INTEGER NOT NULL,
    effective_at INTEGER NOT NULL,
    accepted_in  INTEGER NOT NULL, -- block and log of their row in link_terms
    accepted_log INTEGER NOT NULL,
    quota        INTEGER NOT NULL, -- theirs, or lowered while they wait
    quota_share  INTEGER NOT NULL,
    from_height  INTEGER NOT NULL,
    to_height    INTEGER NOT NULL,
    PRIMARY KEY (link_id, from_height)
) WITHOUT ROWID;
CREATE INDEX link_waiting_begun ON link_waiting (from_height);
CREATE INDEX link_waiting_ended ON link_waiting (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE meter (           -- version: what a link used of its quota, in the period that it counts
    link_id      INTEGER NOT NULL,
    period_start INTEGER NOT NULL,
    period_end   INTEGER NOT NULL,
    used         INTEGER NOT NULL,
    quota        INTEGER NOT NULL, -- in units, when that was counted
    from_height  INTEGER NOT NULL,
    to_height    INTEGER NOT NULL,
    PRIMARY KEY (link_id, from_height)
) WITHOUT ROWID;
CREATE INDEX meter_begun ON meter (from_height);
CREATE INDEX meter_ended ON meter (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE freeze_abroad (   -- version: a freeze that the source of a lot asked for; no row once lifted
    desk        BLOB NOT NULL,    -- the lien desk abroad
    number      INTEGER NOT NULL, -- of the lien there
    lot_id      INTEGER NOT NULL,
    reason      BLOB NOT NULL,
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (desk, number, from_height)
) WITHOUT ROWID;
CREATE INDEX freeze_abroad_begun ON freeze_abroad (from_height);
CREATE INDEX freeze_abroad_ended ON freeze_abroad (to_height) WHERE to_height < 9223372036854775807;

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

CREATE TABLE lot_waiting (     -- version: what a source registry failed to settle, until it does
    lot_id      INTEGER NOT NULL,
    first       INTEGER NOT NULL, -- source serial
    last        INTEGER NOT NULL,
    state       INTEGER NOT NULL, -- HELD: they come home
    recipient   BLOB NOT NULL,    -- then: to whom
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (lot_id, first, from_height)
) WITHOUT ROWID;
CREATE INDEX lot_waiting_begun ON lot_waiting (from_height);
CREATE INDEX lot_waiting_ended ON lot_waiting (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE proposal (        -- version
    registry_id INTEGER NOT NULL,
    desk        BLOB NOT NULL,
    number      INTEGER NOT NULL, -- as on the desk
    target      BLOB NOT NULL,
    proposer    BLOB NOT NULL,
    approver    BLOB,
    call        TEXT NOT NULL,    -- what it would do: the call data in hexadecimal digits
    document    BLOB NOT NULL,    -- hash of what its proposer saw; zero: nothing
    deadline    INTEGER NOT NULL, -- last second to approve, or once approved to execute
    ready_at    INTEGER,          -- first second to execute
    state       INTEGER NOT NULL, -- as the contract numbers them; expiry is a matter of time
    ended_by    BLOB,             -- who executed or stopped it
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, desk, number, from_height)
) WITHOUT ROWID;
CREATE INDEX proposal_begun ON proposal (from_height);
CREATE INDEX proposal_ended ON proposal (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE compliance_year ( -- version
    registry_id        INTEGER NOT NULL,
    desk               BLOB NOT NULL,
    year               INTEGER NOT NULL,
    deadline           INTEGER NOT NULL, -- last second to surrender
    year_before        INTEGER NOT NULL, -- whose shortfall it inherits; zero: none
    first_vintage      INTEGER NOT NULL,
    last_vintage       INTEGER NOT NULL,
    reversal_window    INTEGER NOT NULL, -- seconds, as are the next two
    dispute_window     INTEGER NOT NULL,
    correction_window  INTEGER NOT NULL,
    deduction_multiple INTEGER NOT NULL,
    banking            INTEGER NOT NULL, -- as the contract numbers it
    closed             INTEGER NOT NULL,
    from_height        INTEGER NOT NULL,
    to_height          INTEGER NOT NULL,
    PRIMARY KEY (registry_id, desk, year, from_height)
) WITHOUT ROWID;
CREATE INDEX compliance_year_begun ON compliance_year (from_height);
CREATE INDEX compliance_year_ended ON compliance_year (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE compliance_limit ( -- version: a ceiling of a year on what is surrendered
    registry_id    INTEGER NOT NULL,
    desk           BLOB NOT NULL,
    year           INTEGER NOT NULL,
    place          INTEGER NOT NULL, -- in the year's list, from 0
    base           INTEGER NOT NULL, -- as the contract numbers it
    basis_points   INTEGER NOT NULL, -- of the base
    amount         INTEGER NOT NULL, -- units, where the base is absolute
    parent         INTEGER NOT NULL, -- place of the limit that the base counts
    unit_types     INTEGER NOT NULL, -- bit (1 << unit type) for each type counted
    vintages       INTEGER NOT NULL, -- as the contract numbers them
    of_all         INTEGER NOT NULL, -- 1: counts all operators together
    per            BLOB NOT NULL,    -- attribute for each of whose values is counted apart; zero: none
    base_attribute BLOB NOT NULL,    -- whose number is the base
    conditions     TEXT NOT NULL,    -- see `domain.conditions`
    from_height    INTEGER NOT NULL,
    to_height      INTEGER NOT NULL,
    PRIMARY KEY (registry_id, desk, year, place, from_height)
) WITHOUT ROWID;
CREATE INDEX compliance_limit_begun ON compliance_limit (from_height);
CREATE INDEX compliance_limit_ended ON compliance_limit (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE excluded_classes ( -- fact: classes that a year does not accept
    registry_id INTEGER NOT NULL,
    desk        BLOB NOT NULL,
    year        INTEGER NOT NULL,
    conditions  TEXT NOT NULL,
    block       INTEGER NOT NULL,
    log_index   INTEGER NOT NULL,
    PRIMARY KEY (block, log_index, registry_id)
);

CREATE TABLE filing (          -- fact: what was filed or decided about an operator's year, in hashes
    registry_id INTEGER NOT NULL,
    desk        BLOB NOT NULL,
    address     BLOB NOT NULL,
    year        INTEGER NOT NULL,
    kind        TEXT NOT NULL,    -- plan, objection, order, decision, debt, sanction
    memo        BLOB NOT NULL,
    number      INTEGER NOT NULL, -- version of a plan, units of a debt, last second of an order
    block       INTEGER NOT NULL,
    log_index   INTEGER NOT NULL,
    tx_hash     BLOB NOT NULL,
    PRIMARY KEY (block, log_index, registry_id)
);
CREATE INDEX filing_by_operator ON filing (registry_id, address, year);

CREATE TABLE obligation (      -- version: one operator, one year
    registry_id INTEGER NOT NULL,
    desk        BLOB NOT NULL,
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
    owed        INTEGER NOT NULL, -- once settled: the whole obligation
    attested_at INTEGER NOT NULL, -- seconds since 1970
    ordered_until INTEGER NOT NULL, -- last second to report; zero: nothing is ordered
    reversible_until INTEGER NOT NULL, -- last second in which a surrender can be reversed
    verifier    BLOB,             -- who attested the emissions
    report      BLOB,             -- hash of the emission report
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, desk, address, year, from_height)
) WITHOUT ROWID;
CREATE INDEX obligation_begun ON obligation (from_height);
CREATE INDEX obligation_ended ON obligation (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE entitlement (     -- version: what two people decided that an operator gets
    registry_id INTEGER NOT NULL,
    desk        BLOB NOT NULL,
    address     BLOB NOT NULL,
    year        INTEGER NOT NULL,
    class_id    INTEGER NOT NULL,
    kind        INTEGER NOT NULL, -- as the contract numbers it
    entitled    INTEGER NOT NULL, -- units
    allocated   INTEGER NOT NULL, -- of them, and not taken back
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, desk, address, year, class_id, kind, from_height)
) WITHOUT ROWID;
CREATE INDEX entitlement_begun ON entitlement (from_height);
CREATE INDEX entitlement_ended ON entitlement (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE allocation (      -- version
    registry_id INTEGER NOT NULL,
    desk        BLOB NOT NULL,
    number      INTEGER NOT NULL, -- as on the desk
    class_id    INTEGER NOT NULL,
    recipient   BLOB NOT NULL,
    made_at     INTEGER NOT NULL, -- seconds since 1970
    quantity    INTEGER NOT NULL, -- not taken back
    year        INTEGER NOT NULL, -- compliance year that it is for; of an auction zero
    kind        INTEGER NOT NULL, -- as the contract numbers it
    sale        BLOB NOT NULL,    -- of an auction: its reference
    pool        BLOB,             -- where what is taken back goes
    reversing   INTEGER NOT NULL, -- decided to be taken back, and not taken yet
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, desk, number, from_height)
) WITHOUT ROWID;
CREATE INDEX allocation_begun ON allocation (from_height);
CREATE INDEX allocation_ended ON allocation (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE closure (         -- version: where the units of a closing account go
    registry_id INTEGER NOT NULL,
    desk        BLOB NOT NULL,
    address     BLOB NOT NULL,
    recipient   BLOB NOT NULL,
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, desk, address, from_height)
) WITHOUT ROWID;
CREATE INDEX closure_begun ON closure (from_height);
CREATE INDEX closure_ended ON closure (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE lien (            -- version; no row once all its units are free
    registry_id INTEGER NOT NULL,
    desk        BLOB NOT NULL,
    number      INTEGER NOT NULL, -- as on the desk
    kind        INTEGER NOT NULL, -- 1 freeze, 2 pledge, 3 lifted: not all of its units are free yet
    account     BLOB NOT NULL,    -- twenty zero bytes: units that were abroad or pledged
    creditor    BLOB NOT NULL,    -- of a freeze for a partner its registry; twenty zero bytes: none
    class_id    INTEGER NOT NULL,
    reason      BLOB NOT NULL,    -- hash of the decision or contract
    ranges      TEXT NOT NULL,    -- still under the lien: 1-100,201-300
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, desk, number, from_height)
) WITHOUT ROWID;
CREATE INDEX lien_begun ON lien (from_height);
CREATE INDEX lien_ended ON lien (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE paid_share (      -- version: what an operator buys before its free allowances are free
    registry_id INTEGER NOT NULL,
    desk        BLOB NOT NULL,
    address     BLOB NOT NULL,
    required    INTEGER NOT NULL, -- units, cumulative
    bought      INTEGER NOT NULL,
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, desk, address, from_height)
) WITHOUT ROWID;
CREATE INDEX paid_share_begun ON paid_share (from_height);
CREATE INDEX paid_share_ended ON paid_share (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE holder_grant (    -- version: whom an account trusts, or lets act for it; no row once ended
    registry_id INTEGER NOT NULL,
    desk        BLOB NOT NULL,
    address     BLOB NOT NULL,    -- the account
    kind        TEXT NOT NULL,    -- trusted, representative, settler
    grantee     BLOB NOT NULL,
    value       INTEGER NOT NULL, -- of a representative its rights, else the second it counts from
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, desk, address, kind, grantee, from_height)
) WITHOUT ROWID;
CREATE INDEX holder_grant_begun ON holder_grant (from_height);
CREATE INDEX holder_grant_ended ON holder_grant (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE request (         -- version: a call in the name of an account, at the holder desk
    registry_id INTEGER NOT NULL,
    desk        BLOB NOT NULL,
    number      INTEGER NOT NULL, -- as on the desk
    account     BLOB NOT NULL,
    initiator   BLOB NOT NULL,
    target      BLOB NOT NULL,
    call        TEXT NOT NULL,    -- the call data in hexadecimal digits
    approver    BLOB,
    approved_at INTEGER,
    ready_at    INTEGER,          -- first second to execute
    deadline    INTEGER NOT NULL, -- last second to approve, or once approved to execute
    state       INTEGER NOT NULL, -- as the contract numbers them; expiry is a matter of time
    ended_by    BLOB,             -- who executed or cancelled it
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, desk, number, from_height)
) WITHOUT ROWID;
CREATE INDEX request_begun ON request (from_height);
CREATE INDEX request_ended ON request (to_height) WHERE to_height < 9223372036854775807;

CREATE TABLE trade (           -- fact: one leg that a trading institution settled
    registry_id INTEGER NOT NULL,
    desk        BLOB NOT NULL,
    institution BLOB NOT NULL,
    memo        BLOB NOT NULL,    -- the exchange's reference
    class_id    INTEGER NOT NULL,
    sender      BLOB NOT NULL,
    recipient   BLOB NOT NULL,
    quantity    INTEGER NOT NULL,
    negotiated  INTEGER NOT NULL, -- 1: agreed between the parties off the book
    block       INTEGER NOT NULL,
    log_index   INTEGER NOT NULL,
    tx_hash     BLOB NOT NULL,
    PRIMARY KEY (block, log_index, registry_id)
);

CREATE TABLE setting (         -- version: what the programme has set; no row while it has set nothing
    registry_id INTEGER NOT NULL,
    contract    BLOB NOT NULL,    -- that follows it: the registry or a desk
    name        TEXT NOT NULL,
    value       TEXT NOT NULL,
    from_height INTEGER NOT NULL,
    to_height   INTEGER NOT NULL,
    PRIMARY KEY (registry_id, contract, name, from_height)
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
