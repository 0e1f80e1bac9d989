-- Messages, what is to be sent of them, and what the carriers answered.

CREATE TABLE carrier (
  no        smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id        text NOT NULL UNIQUE,
  paused_at timestamptz,
  down      boolean NOT NULL DEFAULT false -- by its holder: it stays without a bind, so nothing is handed over to it
);

-- In the order of their rank: a state may only move to a later one, and of the final ones only to delivered.
CREATE TYPE message_state AS ENUM
  ('pending', 'uncertain', 'submitted', 'unconfirmed', 'suppressed', 'cancelled', 'failed', 'expired', 'delivered');

CREATE TYPE message_reason AS ENUM
  ('resident', 'roamer', 'resident-unplaced', 'roamer-unplaced', 'late-entrant', 'entry');

-- fillfactor leaves room for the one or two updates that each row gets: they stay on the page and touch no index (HOT), so
-- nothing that changes is indexed. `was` is the state before the last change: RETURNING can tell it only if it is stored.
CREATE TABLE message (
  broadcast_id  bigint         NOT NULL,
  recipient_key bigint         NOT NULL, -- the MSISDN for alerts, the journey for entry texts
  msisdn        bigint         NOT NULL,
  seq           integer        NOT NULL,
  carrier_no    smallint       NOT NULL,
  variant       smallint       NOT NULL,
  attempt       smallint       NOT NULL DEFAULT 1,
  parts         smallint       NOT NULL DEFAULT 0, -- segments of the last submission; 0 before it
  reason        message_reason NOT NULL,
  state         message_state  NOT NULL DEFAULT 'pending',
  was           message_state,
  error         integer,                 -- command_status of a refusal, or the receipt's err
  made_at       timestamptz    NOT NULL,
  submitted_at  timestamptz,
  final_at      timestamptz,
  PRIMARY KEY (broadcast_id, seq),
  UNIQUE (broadcast_id, recipient_key)
) PARTITION BY RANGE (broadcast_id);

-- Append-only for messages of one part. `at` is our clock in milliseconds, so that an exact value finds the partition.
CREATE TABLE segment (
  at           timestamptz   NOT NULL,
  broadcast_id bigint        NOT NULL,
  seq          integer       NOT NULL,
  carrier_no   smallint      NOT NULL,
  attempt      smallint      NOT NULL,
  part         smallint      NOT NULL,
  parts        smallint      NOT NULL,
  state        message_state NOT NULL DEFAULT 'submitted',
  smsc_id      text          NOT NULL
) PARTITION BY RANGE (at);
-- Not unique: SMSCs use their ids again.
CREATE INDEX segment_id ON segment (carrier_no, smsc_id);
CREATE INDEX segment_of_multipart ON segment (broadcast_id, seq) WHERE parts > 1;

-- Insert-only: sums give the states of a broadcast without counting messages, and no row is hot.
CREATE TABLE tally (
  broadcast_id bigint   NOT NULL,
  carrier_no   smallint NOT NULL,
  was          message_state,
  state        message_state,
  n            integer  NOT NULL,
  segments     integer  NOT NULL DEFAULT 0
);
CREATE INDEX tally_of_broadcast ON tally (broadcast_id);

CREATE TYPE chunk_state AS ENUM ('ready', 'sending', 'done', 'cancelled');

-- What is to be sent: a run of messages of one broadcast through one carrier.
CREATE TABLE chunk (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  broadcast_id bigint      NOT NULL,
  carrier_no   smallint    NOT NULL,
  lane         smallint    NOT NULL,
  seq_from     integer     NOT NULL,
  seq_to       integer     NOT NULL,
  seqs         integer[],            -- where they do not follow each other: what is tried again
  attempt      smallint    NOT NULL DEFAULT 1, -- sends only messages that stand at this attempt: nobody is in two chunks
  state        chunk_state NOT NULL DEFAULT 'ready',
  epoch        integer     NOT NULL DEFAULT 0, -- raised by each holder: an old one can mark nothing any more
  marked_upto  integer,              -- the write-ahead: nothing beyond this seq has been put on a wire
  not_before   timestamptz NOT NULL DEFAULT '-infinity',
  fallbacks    smallint[]  NOT NULL DEFAULT '{}' -- the carriers that take over, in this order, when this one stays down
);
CREATE INDEX chunk_ready ON chunk (carrier_no, lane, id) WHERE state = 'ready';
CREATE INDEX chunk_sending ON chunk (carrier_no) WHERE state = 'sending';
CREATE INDEX chunk_of_broadcast ON chunk (broadcast_id);

-- Submissions whose response never came. A receipt that names their number later tells that they did arrive.
CREATE TABLE unanswered (
  carrier_no   smallint    NOT NULL,
  msisdn       bigint      NOT NULL,
  broadcast_id bigint      NOT NULL,
  seq          integer     NOT NULL,
  attempt      smallint    NOT NULL,
  part         smallint    NOT NULL,
  parts        smallint    NOT NULL,
  at           timestamptz NOT NULL,
  PRIMARY KEY (broadcast_id, seq, attempt, part)
);
CREATE INDEX unanswered_of_number ON unanswered (carrier_no, msisdn);

-- Receipts whose message is not known (yet): acknowledged, because committed here, and tried again.
CREATE TABLE parked_receipt (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  carrier_no  smallint      NOT NULL,
  smsc_id     text          NOT NULL,
  msisdn      bigint,
  state       message_state NOT NULL,
  error       integer,
  final_at    timestamptz   NOT NULL,
  received_at timestamptz   NOT NULL DEFAULT now(),
  tries       integer       NOT NULL DEFAULT 0,
  next_try_at timestamptz   NOT NULL DEFAULT now(),
  raw         bytea         NOT NULL
);
CREATE INDEX parked_receipt_due ON parked_receipt (next_try_at);

-- The last batch that each ledger committed: tells whether a COMMIT whose answer was lost stands, also after a crash.
CREATE TABLE ledger_writer (
  writer uuid        PRIMARY KEY,
  batch  bigint      NOT NULL DEFAULT 0,
  at     timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
