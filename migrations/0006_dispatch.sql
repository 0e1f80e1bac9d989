-- What dispatch has to remember of messages that were not taken at once, and of what it asked the carriers afterwards.

-- Of the messages of a chunk: how often they were refused for now, and how often they were left without an answer. Each has a
-- budget of its own, kept over a restart; being throttled counts in neither. Older chunks begin with fresh budgets.
ALTER TABLE chunk
  ADD COLUMN refused    smallint NOT NULL DEFAULT 0,
  ADD COLUMN unanswered smallint NOT NULL DEFAULT 0;

-- Also submissions that were accepted without a message_id, so that their receipts, too, are found by the number. These are in no
-- doubt, and their segments are counted already.
ALTER TABLE unanswered ADD COLUMN accepted boolean NOT NULL DEFAULT false;

-- A write-ahead: of a cancelled broadcast the SMSC has been, or is about to be, asked to drop (cancel_sm) what it still holds, for
-- the messages up to `upto_seq`. A receipt DELETED for one of these means that we cancelled it, for any other that it failed.
CREATE TABLE retraction (
  broadcast_id bigint      NOT NULL,
  carrier_no   smallint    NOT NULL,
  upto_seq     integer     NOT NULL,
  done_at      timestamptz,           -- all has been asked for
  PRIMARY KEY (broadcast_id, carrier_no)
);

-- Finds the segments of single messages by when they were sent (message.submitted_at is the same instant). Segments come in the
-- order of time, so a summary of every 32 pages is enough: a btree by message would cost the ledger an entry a segment.
CREATE INDEX segment_at ON segment USING brin (at) WITH (pages_per_range = 32, autosummarize = on);
