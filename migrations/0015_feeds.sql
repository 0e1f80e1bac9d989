-- Whose subscribers a key of the role carrier may write of, and when its feed is silent.
ALTER TABLE api_key ADD COLUMN hplmns text[]; -- home networks, MCC and MNC; null: all
ALTER TABLE api_key ADD COLUMN silent_after_s integer CHECK (silent_after_s > 0); -- null: learned
ALTER TABLE api_key ADD CONSTRAINT api_key_feed
  CHECK (role = 'carrier' OR (hplmns IS NULL AND silent_after_s IS NULL)),
  ADD CONSTRAINT api_key_hplmns CHECK (cardinality(hplmns) > 0);

-- What is heard of each feed. Its source is the name of the key's person, also where it drops files.
CREATE TABLE feed (
  source  text        PRIMARY KEY,
  last_at timestamptz NOT NULL, -- when something of it was kept last
  newest  timestamptz NOT NULL  -- the latest time that any notification told of itself
);

-- By the hour, so that it can be learned how long a feed is used to be silent.
CREATE TABLE feed_hour (
  source        text        NOT NULL,
  hour          timestamptz NOT NULL,
  accepted      bigint      NOT NULL,
  longest_gap_s integer     NOT NULL, -- of the gaps that ended in this hour
  PRIMARY KEY (source, hour)
);

CREATE TABLE feed_reject (
  source text        NOT NULL,
  hour   timestamptz NOT NULL,
  code   text        NOT NULL, -- of the Problem
  n      bigint      NOT NULL,
  PRIMARY KEY (source, hour, code)
);

-- Files that were dropped. How far one is kept is written by the transaction that keeps it: who begins again after a crash goes on there.
CREATE TABLE feed_file (
  source   text        NOT NULL,
  name     text        NOT NULL,
  stamp    text        NOT NULL, -- size and time: another file of the same name is another file
  line     bigint      NOT NULL DEFAULT 0, -- all up to this one is kept or refused
  accepted bigint      NOT NULL DEFAULT 0,
  rejected bigint      NOT NULL DEFAULT 0,
  began_at timestamptz NOT NULL DEFAULT now(),
  done_at  timestamptz,
  failed   text,                 -- why it could not be read
  PRIMARY KEY (source, name, stamp)
);
CREATE INDEX feed_file_age ON feed_file (began_at);

-- Who was to carry the text; null where no route was asked for.
ALTER TABLE event_tally ADD COLUMN carrier_no smallint;
