-- Who can be told: residents, who registered a number at a mission, and roamers, whom their home carrier reports.
-- An MSISDN is E.164 without the plus: at most 15 digits, never a leading zero, so a bigint holds it in 8 bytes.
-- `cell` is the 52-bit Morton code of (lon, lat) (src/geo/cells.ts); null where only the country is known.

CREATE TABLE resident (
  msisdn        bigint PRIMARY KEY CHECK (msisdn > 0),
  mission       text   NOT NULL,
  country       char(2) NOT NULL,
  lon           double precision,
  lat           double precision,
  cell          bigint,
  address       text,
  language      text,
  name_ref      text,
  registered_at timestamptz,
  updated_at    timestamptz NOT NULL DEFAULT now(),
  CHECK ((cell IS NULL) = (lon IS NULL) AND (cell IS NULL) = (lat IS NULL))
);
-- Covering, so that selection is an index-only scan: the plain index is three to four times slower.
CREATE INDEX resident_cell ON resident (cell, msisdn) INCLUDE (lon, lat, country, language) WHERE cell IS NOT NULL;
CREATE INDEX resident_country ON resident (country, msisdn) INCLUDE (language, cell);

-- Residents who registered or moved while an alert was in force: whether they are late entrants is still to be looked at.
CREATE TABLE resident_arrival (msisdn bigint PRIMARY KEY);

-- Roamers move: a table of their own, vacuumed eagerly, because the index-only scan lives on the visibility map.
CREATE TABLE roamer (
  msisdn     bigint PRIMARY KEY CHECK (msisdn > 0),
  hplmn      text,
  vplmn      text,
  country    char(2),              -- where he is, when one country is certain
  candidates char(2)[] NOT NULL DEFAULT '{}',  -- where he may be, when his network serves several
  entered_at timestamptz,
  seen_at    timestamptz NOT NULL, -- the time of the newest event that was believed
  lon        double precision,
  lat        double precision,
  radius_m   double precision,
  cell       bigint,
  placed_at  timestamptz,
  CHECK ((cell IS NULL) = (lon IS NULL) AND (cell IS NULL) = (lat IS NULL))
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05);
CREATE INDEX roamer_cell ON roamer (cell, msisdn) INCLUDE (lon, lat, country, hplmn) WHERE cell IS NOT NULL;
CREATE INDEX roamer_country ON roamer (country, msisdn) INCLUDE (hplmn, cell);
CREATE INDEX roamer_candidates ON roamer USING gin (candidates) WHERE candidates <> '{}';

-- One stay of one number in one country: the unit that gets one set of entry texts.
CREATE TABLE journey (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  msisdn     bigint      NOT NULL,
  country    text        NOT NULL, -- ISO 3166-1 alpha-2; several candidates joined by '/'
  entered_at timestamptz NOT NULL
);
CREATE INDEX journey_of_number ON journey (msisdn, country, entered_at);
CREATE INDEX journey_age ON journey USING brin (entered_at); -- for the purge

-- The inbox: a request's notifications as they came, committed before they are acknowledged, worked off afterwards.
CREATE TABLE roaming_batch (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  received_at timestamptz NOT NULL DEFAULT now(),
  source      text        NOT NULL, -- who delivered it
  events      jsonb       NOT NULL, -- array of notifications, already validated
  done_at     timestamptz
);
CREATE INDEX roaming_batch_open ON roaming_batch (id) WHERE done_at IS NULL;

-- What became of each notification: sent, or suppressed with one reason. The key makes delivery idempotent.
CREATE TABLE roaming_event (
  day     date   NOT NULL,  -- of the event's own time, UTC: a repeat has the same time, so it falls into the same partition
  key     uuid   NOT NULL,  -- of the feed's event id, or of the content
  msisdn  bigint NOT NULL,
  country text,
  event   text   NOT NULL,
  outcome text   NOT NULL,
  at      timestamptz NOT NULL,
  PRIMARY KEY (day, key)
) PARTITION BY RANGE (day);

-- What became of all notifications, repeats included; insert-only, one row a batch, country and outcome.
CREATE TABLE event_tally (
  day     date NOT NULL,
  country text,
  outcome text NOT NULL,
  n       integer NOT NULL
);
CREATE INDEX event_tally_of_day ON event_tally (day);

-- What a traveller is told on entering a country; '*' for every country with a mission and without a text of its own, '**' where
-- there is no mission, or where several countries come into question. Fields: {country},
-- {mission}, {phone}, {callCentre}.
CREATE TABLE entry_text (
  country    text NOT NULL,
  language   text NOT NULL,
  body       text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (country, language)
);
