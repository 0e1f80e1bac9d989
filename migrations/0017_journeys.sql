-- Journeys by the month of the entry: the purge of a month is a DROP, where deleting 3.6 million rows of it left as many dead ones in the heap and in
-- each index. Ids stay as they are, and are given out by one sequence as before; that they are unique is the sequence's doing.
ALTER TABLE journey RENAME TO journey_whole;
ALTER INDEX journey_of_number RENAME TO journey_whole_of_number;
DROP INDEX journey_age;

CREATE SEQUENCE journey_no AS bigint;
CREATE TABLE journey (
  id         bigint      NOT NULL DEFAULT nextval('journey_no'),
  msisdn     bigint      NOT NULL,
  country    text        NOT NULL, -- ISO 3166-1 alpha-2; several candidates joined by '/'
  entered_at timestamptz NOT NULL,
  levels     bigint      NOT NULL DEFAULT 0 -- the newest row of travel_level that was known when its texts were made
) PARTITION BY RANGE (entered_at);
ALTER SEQUENCE journey_no OWNED BY journey.id;
-- Who asks for a number's journeys names a time as well, so that only the months since then are looked into.
CREATE INDEX journey_of_number ON journey (msisdn, country, entered_at);

-- As src/store/partitions.ts makes the next ones.
DO $$
DECLARE
  month timestamp;
BEGIN
  FOR month IN
    SELECT generate_series(date_trunc('month', (now() - interval '100 days') AT TIME ZONE 'UTC'),
                           date_trunc('month', now() AT TIME ZONE 'UTC') + interval '1 month', interval '1 month')
  LOOP
    EXECUTE format('CREATE TABLE journey_%s PARTITION OF journey FOR VALUES FROM (%L) TO (%L)', to_char(month, 'YYYYMM'),
                   to_char(month, 'YYYY-MM-DD') || 'T00:00:00Z', to_char(month + interval '1 month', 'YYYY-MM-DD') || 'T00:00:00Z');
  END LOOP;
END $$;

INSERT INTO journey SELECT id, msisdn, country, entered_at, levels FROM journey_whole
 WHERE entered_at >= date_trunc('month', (now() - interval '100 days') AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
   AND entered_at < (date_trunc('month', now() AT TIME ZONE 'UTC') + interval '2 months') AT TIME ZONE 'UTC'
 ORDER BY id;
SELECT setval('journey_no', coalesce(max(id), 0) + 1, false) FROM journey_whole;
DROP TABLE journey_whole;
