-- What choosing people needs: the uncertainty of a place beside the place, and who is to be looked at one by one.

-- Rows are written in the order of their places (src/store/subscribers/upsert-residents.ts); a resident who moves finds room on his page.
ALTER TABLE resident SET (fillfactor = 90);

-- A place that is less exact than 50 km says no more than the country: such roamers are unplaced.
UPDATE roamer SET lon = NULL, lat = NULL, cell = NULL, radius_m = NULL, placed_at = NULL WHERE radius_m > 50000;
DROP INDEX roamer_cell;
CREATE INDEX roamer_cell ON roamer (cell, msisdn) INCLUDE (lon, lat, country, hplmn, radius_m) WHERE cell IS NOT NULL;

-- Hardly any residents are unplaced: to find them among everybody of their country took as long as to count the country.
CREATE INDEX resident_unplaced ON resident (country, msisdn) INCLUDE (language, cell) WHERE cell IS NULL;

-- The numbers of one person: mission and reference together, because each mission counts for itself.
CREATE INDEX resident_person ON resident (mission, name_ref) WHERE name_ref IS NOT NULL;

-- Numbers that may stand for somebody who is counted elsewhere already: those in both populations, and those of a person with several
-- numbers. Kept by triggers, whoever writes; a number that is here without need costs a look. Two transactions that make such a pair
-- at the same moment do not see each other: the number is then counted twice, and told once all the same.
CREATE TABLE linked_number (
  msisdn bigint  PRIMARY KEY,
  twice  boolean NOT NULL, -- registered as a resident, and seen as a roamer
  person uuid    NOT NULL  -- of mission and reference, else of the number: brings the numbers of one person together
);
CREATE INDEX linked_number_twice ON linked_number (msisdn) WHERE twice;
CREATE INDEX linked_number_person ON linked_number (person, msisdn);

-- Without a reference, or with one that many share (a placeholder, a group's number), a number is a person of its own.
CREATE FUNCTION person_of(msisdn bigint, mission text, name_ref text) RETURNS uuid LANGUAGE sql IMMUTABLE AS
$$ SELECT md5(coalesce(mission || E'\n' || name_ref, msisdn::text))::uuid $$;

-- The numbers with this reference, eleven at most: nobody has more than ten, so eleven are several people.
CREATE FUNCTION numbers_with(mission text, name_ref text) RETURNS bigint[] LANGUAGE sql STABLE AS
$$ SELECT array_agg(msisdn) FROM (
     SELECT r.msisdn FROM resident r WHERE r.mission = $1 AND r.name_ref = $2 LIMIT 11) n $$;

-- The reference, where it stands for one person.
CREATE FUNCTION reference_of_one(mission text, name_ref text) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT CASE WHEN cardinality(numbers_with($1, $2)) <= 10 THEN $2 END $$;

CREATE FUNCTION link_residents() RETURNS trigger LANGUAGE plpgsql
  SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
BEGIN
  -- A number that is another's now must not hold him back from his text.
  UPDATE linked_number l SET person = person_of(w.msisdn, w.mission, reference_of_one(w.mission, w.name_ref)) FROM written w
   WHERE l.msisdn = w.msisdn AND l.person <> person_of(w.msisdn, w.mission, reference_of_one(w.mission, w.name_ref));
  UPDATE linked_number l SET person = person_of(l.msisdn, NULL, NULL)
    FROM (SELECT DISTINCT mission, name_ref FROM written WHERE name_ref IS NOT NULL) n
   WHERE l.person = person_of(NULL, n.mission, n.name_ref) AND reference_of_one(n.mission, n.name_ref) IS NULL;
  INSERT INTO linked_number AS l (msisdn, twice, person)
  SELECT msisdn, bool_or(twice), person_of(msisdn, min(mission), min(name_ref)) FROM (
    SELECT w.msisdn, true AS twice, w.mission, reference_of_one(w.mission, w.name_ref) AS name_ref
      FROM written w JOIN roamer t ON t.msisdn = w.msisdn
    UNION ALL
    SELECT p.msisdn, false, n.mission, n.name_ref
      FROM (SELECT DISTINCT mission, name_ref FROM written WHERE name_ref IS NOT NULL) n
     CROSS JOIN LATERAL (SELECT numbers_with(n.mission, n.name_ref) AS numbers OFFSET 0) k
     CROSS JOIN LATERAL unnest(k.numbers) AS p (msisdn)
     WHERE cardinality(k.numbers) BETWEEN 2 AND 10) n
   GROUP BY msisdn ORDER BY msisdn
  ON CONFLICT (msisdn) DO UPDATE SET twice = l.twice OR excluded.twice, person = excluded.person
   WHERE (excluded.twice AND NOT l.twice) OR l.person <> excluded.person;
  RETURN NULL;
END $$;
CREATE TRIGGER link_new_residents AFTER INSERT ON resident
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION link_residents();
CREATE TRIGGER link_changed_residents AFTER UPDATE ON resident
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION link_residents();

-- Who is still a roamer stays: selection may have left him to be looked at one by one already.
CREATE FUNCTION unlink_residents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE linked_number l SET person = person_of(l.msisdn, NULL, NULL) FROM removed r
   WHERE l.msisdn = r.msisdn AND EXISTS (SELECT FROM roamer t WHERE t.msisdn = r.msisdn);
  DELETE FROM linked_number l USING removed r
   WHERE l.msisdn = r.msisdn AND NOT EXISTS (SELECT FROM roamer t WHERE t.msisdn = r.msisdn);
  RETURN NULL;
END $$;
CREATE TRIGGER unlink_removed_residents AFTER DELETE ON resident
  REFERENCING OLD TABLE AS removed FOR EACH STATEMENT EXECUTE FUNCTION unlink_residents();

CREATE FUNCTION link_roamers() RETURNS trigger LANGUAGE plpgsql
  SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
BEGIN
  INSERT INTO linked_number AS l (msisdn, twice, person)
  SELECT w.msisdn, true,
         person_of(w.msisdn, r.mission, reference_of_one(r.mission, r.name_ref))
    FROM written w JOIN resident r ON r.msisdn = w.msisdn ORDER BY w.msisdn
  ON CONFLICT (msisdn) DO UPDATE SET twice = true WHERE NOT l.twice;
  RETURN NULL;
END $$;
CREATE TRIGGER link_new_roamers AFTER INSERT ON roamer
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION link_roamers();

INSERT INTO linked_number (msisdn, twice, person)
SELECT msisdn, twice, CASE WHEN numbers <= 10 THEN person_of(msisdn, mission, name_ref) ELSE person_of(msisdn, NULL, NULL) END
  FROM (
    SELECT msisdn, mission, name_ref, EXISTS (SELECT FROM roamer t WHERE t.msisdn = r.msisdn) AS twice,
           count(name_ref) OVER (PARTITION BY mission, name_ref) AS numbers
      FROM resident r) p
 WHERE twice OR numbers BETWEEN 2 AND 10;

-- Of a person of several numbers, where an alert is told on one of them: the number that is told next, should the one before it not
-- have the text in time.
CREATE TABLE next_number (
  broadcast_id bigint NOT NULL,
  msisdn       bigint NOT NULL,
  after_msisdn bigint NOT NULL, -- the number that is waited for: told, or to be told before this one
  first_msisdn bigint NOT NULL, -- the person's first; brings the rest together
  PRIMARY KEY (broadcast_id, msisdn)
);

ALTER TYPE message_reason ADD VALUE 'other-number';

-- As src/store/partitions.ts makes the new ones, and why.
DO $$
DECLARE
  one regclass;
BEGIN
  FOR one IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'message'::regclass LOOP
    EXECUTE format('ALTER TABLE %s ALTER COLUMN broadcast_id SET STATISTICS 0', one);
  END LOOP;
END $$;

-- Sources and cursors of selections are others now: one that is half-way begins anew, and tells nobody twice.
UPDATE broadcast SET selection_cursor = NULL WHERE state = 'selecting';
