-- Every row that comes from the chain has its block number, so that a rewind is one DELETE in each table.
-- INTEGER, BLOB and TEXT are the database's own: trust/index/store.py puts them in. The typed tables
-- (`event_funded`, ...) and the view `event` over them are made from the contracts' ABI by trust/index/tables.py.
CREATE TABLE meta (
    name  {text} PRIMARY KEY,
    value {text} NOT NULL
){strict};

-- The last block whose events are all here. `proven`: every block up to this number was checked against its
-- receipts root; below the first block when none was.
CREATE TABLE cursor (
    only_one  {integer} PRIMARY KEY CHECK (only_one = 1),
    number    {integer} NOT NULL,
    hash      {blob} NOT NULL,
    timestamp {integer} NOT NULL,       -- Unix seconds
    proven    {integer} NOT NULL,
    events    {integer} NOT NULL,       -- rows in the typed tables
    transfers {integer} NOT NULL
){strict};

-- Blocks that hold rows below, and all that were not final when they were read.
CREATE TABLE block (
    number        {integer} PRIMARY KEY,
    hash          {blob} NOT NULL,
    parent        {blob} NOT NULL,
    timestamp     {integer} NOT NULL,
    receipts_root {blob} NOT NULL,
    header        {blob} NOT NULL,      -- as its hash is of it
    held          {integer} NOT NULL,   -- rows below
    proven        {integer} NOT NULL    -- 1: its receipts were checked
){strict};

-- Few: with every new block, those that are final now are looked for and deleted.
CREATE INDEX block_without_rows ON block (number) WHERE held = 0;

-- A time is asked for by its block.
CREATE INDEX block_by_time ON block (timestamp);
