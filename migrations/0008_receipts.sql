-- What the carriers' receipts said, octet for octet, for the day when a carrier and we disagree: a row for each transaction of the
-- ledger, its receipts packed and deflated (src/receipts/journal.ts). One row a receipt cost the server as much as the receipt itself.
CREATE TABLE receipt_journal (
  from_at  timestamptz NOT NULL, -- when the first of them came; by our clock, as message.final_at
  to_at    timestamptz NOT NULL,
  receipts integer     NOT NULL,
  packed   bytea       NOT NULL
) PARTITION BY RANGE (from_at);
-- Deflated already: the server need not try again.
ALTER TABLE receipt_journal ALTER packed SET STORAGE EXTERNAL;
CREATE INDEX receipt_journal_time ON receipt_journal (from_at, to_at);
