-- Names and numbers stand in the audit log as pseudonyms; the log is kept for two years; people may ask what is known of them.

-- The key to the audit log: who erases a row makes its entries nobody's, and the chain still holds.
CREATE TABLE pseudonym (
  pseudonym text PRIMARY KEY,                 -- drawn at random
  kind      text NOT NULL CHECK (kind IN ('person', 'subscriber')),
  name      text NOT NULL,                    -- of a person, or an MSISDN
  made_at   timestamptz NOT NULL DEFAULT now(),
  UNIQUE (kind, name)
);

-- Up to where the log was cut off, and the hash that the first entry after that goes on from. An entry of the log says the same.
CREATE TABLE audit_anchor (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  upto     bigint  NOT NULL,
  hash     bytea   NOT NULL CHECK (length(hash) = 32)
);

-- It only moves on.
CREATE FUNCTION refuse_step_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'UPDATE' OR NEW.upto <= OLD.upto THEN
    RAISE EXCEPTION '% only moves on', TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_anchor_moves_on BEFORE UPDATE OR DELETE ON audit_anchor FOR EACH ROW EXECUTE FUNCTION refuse_step_back();
CREATE TRIGGER audit_anchor_stays BEFORE TRUNCATE ON audit_anchor FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Nothing is changed; deleted is what lies before the anchor and is older than a year, whatever the anchor says.
DROP TRIGGER audit_is_append_only ON audit;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR TRUNCATE ON audit
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE FUNCTION refuse_early_cut() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.at > now() - interval '365 days' OR NOT EXISTS (SELECT FROM audit_anchor a WHERE OLD.id <= a.upto) THEN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER audit_is_cut_when_old BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_early_cut();
CREATE INDEX audit_of_subject ON audit (subject, id);
CREATE INDEX audit_of_actor ON audit (actor, id);

-- What tells this database from another is the hash that its log began with; kept here when the beginning is cut off.
ALTER TABLE installation ADD COLUMN identity text;

-- Who asked for no more texts and was erased afterwards, by a keyed hash (NMAC of SHA-256): should the number come back, it wants no texts still.
-- The keys stand beside it: that keeps numbers out of what leaves the database, and not from whoever has all of it and tries every number.
CREATE TABLE kept_opt_out (
  hash bytea       PRIMARY KEY CHECK (length(hash) = 32),
  at   timestamptz NOT NULL
);
ALTER TABLE installation
  ADD COLUMN opt_out_inner bytea NOT NULL DEFAULT sha512(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'LATIN1')),
  ADD COLUMN opt_out_outer bytea NOT NULL DEFAULT sha512(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'LATIN1'));

CREATE FUNCTION opt_out_hash(msisdn bigint) RETURNS bytea LANGUAGE sql STABLE AS
$$ SELECT sha256(opt_out_outer || sha256(opt_out_inner || convert_to(msisdn::text, 'LATIN1'))) FROM installation $$;

-- Asked only while there is anybody at all; the hash is written out, because a call for each row of an import takes ten times as long.
CREATE FUNCTION recall_opt_outs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM kept_opt_out) THEN
    WITH back AS (
      DELETE FROM kept_opt_out k USING written w, installation i
       WHERE k.hash = sha256(i.opt_out_outer || sha256(i.opt_out_inner || convert_to(w.msisdn::text, 'LATIN1')))
      RETURNING w.msisdn, k.at)
    INSERT INTO opt_out (msisdn, at) SELECT msisdn, at FROM back ORDER BY msisdn ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER recall_opt_outs_of_residents AFTER INSERT ON resident
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION recall_opt_outs();
CREATE TRIGGER recall_opt_outs_of_roamers AFTER INSERT ON roamer
  REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION recall_opt_outs();

-- Of tables that nothing is changed in the author may be made nobody; nothing else.
CREATE FUNCTION refuse_all_but_pseudonym() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.made_by ~ '^(person:)?~' AND NEW.made_by <> OLD.made_by AND to_jsonb(NEW) - 'made_by' = to_jsonb(OLD) - 'made_by' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;
DO $$
DECLARE
  one text;
BEGIN
  FOREACH one IN ARRAY ARRAY['zone_version', 'travel_level', 'entry_policy', 'entry_template', 'campaign', 'emergency_number',
                           'alert_template'] LOOP
    EXECUTE format('DROP TRIGGER %I ON %I', one || '_is_append_only', one);
    EXECUTE format('CREATE TRIGGER %I BEFORE DELETE OR TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()',
                   one || '_is_append_only', one);
    EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_all_but_pseudonym()',
                   one || '_is_not_changed', one);
  END LOOP;
END $$;
