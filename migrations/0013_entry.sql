-- What a traveller is told on entering a country, and when. All of it is append-only: a change is a new row, so that it can be told a year
-- later which policy made which text.

-- The newest row of an area is what is set for it; patch null: it was taken back.
CREATE TABLE entry_policy (
  id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  area    text        NOT NULL, -- '*', an ISO 3166-1 alpha-2 code, or an ISO 3166-2 code
  patch   jsonb,                -- src/entry/policy.ts
  note    text        NOT NULL DEFAULT '',
  made_by text        NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX entry_policy_of_area ON entry_policy (area, id DESC);
CREATE TRIGGER entry_policy_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entry_policy
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The newest row of area, kind, level, special and language stands; body null: it was taken back. '*' is every country with a mission, '**' one
-- without, or where several come into question.
CREATE TABLE entry_template (
  id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  area     text        NOT NULL,
  kind     text        NOT NULL CHECK (kind IN ('mission', 'level')),
  level    smallint    CHECK (level BETWEEN 1 AND 4), -- of kind level; null with special: the special advisory by itself; null without: advice for parts only
  special  boolean     NOT NULL DEFAULT false,
  language text        NOT NULL,
  body     text,
  verified boolean     NOT NULL,
  note     text        NOT NULL DEFAULT '',
  made_by  text        NOT NULL,
  made_at  timestamptz NOT NULL DEFAULT now(),
  CHECK (kind = 'level' OR (level IS NULL AND NOT special))
);
CREATE INDEX entry_template_of_area ON entry_template (area, kind, level, special, language, id DESC);
INSERT INTO entry_template (area, kind, language, body, verified, made_by, made_at)
SELECT country, 'mission', language, body, false, 'migration', updated_at FROM entry_text ORDER BY country, language;
DROP TABLE entry_text;
CREATE TRIGGER entry_template_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entry_template
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Texts about a disease, a wave of thefts: to all who enter these areas between two instants. The newest row of a name stands.
CREATE TABLE campaign (
  id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name      text        NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
  areas     text[]      NOT NULL, -- '*', countries, regions
  texts     jsonb       NOT NULL, -- by language
  starts_at timestamptz NOT NULL,
  ends_at   timestamptz NOT NULL CHECK (ends_at > starts_at),
  note      text        NOT NULL DEFAULT '',
  made_by   text        NOT NULL,
  made_at   timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX campaign_of_name ON campaign (name, id DESC);
CREATE TRIGGER campaign_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON campaign
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What made a text of a day's broadcast.
CREATE TABLE entry_text_source (
  broadcast_id bigint   NOT NULL,
  variant      smallint NOT NULL,
  policy_ids   bigint[] NOT NULL, -- rows of entry_policy that played a part, the widest area first
  template_id  bigint,
  campaign_id  bigint,
  level_ids    bigint[] NOT NULL DEFAULT '{}', -- rows of travel_level
  PRIMARY KEY (broadcast_id, variant)
);

-- Texts that wait: for the carrier's welcome, for a stay that is no transit, for the morning, for somebody who may be back in a moment. A row
-- goes in the transaction that makes its texts, or finds that there are none to be made.
CREATE TABLE entry_wait (
  id         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  msisdn     bigint      NOT NULL,
  country    text        NOT NULL, -- ISO 3166-1 alpha-2; several candidates joined by '/'
  entered_at timestamptz NOT NULL,
  due_at     timestamptz NOT NULL,
  why        text        NOT NULL CHECK (why IN ('delay', 'transit', 'quiet', 'away')),
  day        date,                 -- with key: the event (roaming_event) that ends when this does; null: texts that are sent again
  key        uuid,
  CHECK ((day IS NULL) = (key IS NULL))
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
CREATE INDEX entry_wait_due ON entry_wait (due_at);
CREATE INDEX entry_wait_of_number ON entry_wait (msisdn);

-- A resend goes to those whose journey knows less than the level that rose.
ALTER TABLE journey ADD COLUMN levels bigint NOT NULL DEFAULT 0; -- the newest row of travel_level when its texts were made

-- Who is in a country already is told again, because its level rose or an alert came into force: how far that has got. A row is made for each
-- such event as it is found, also where no policy asks for it, so that it is found once.
CREATE TABLE entry_resend (
  kind    text        NOT NULL CHECK (kind IN ('level', 'alert')),
  ref     bigint      NOT NULL, -- the row of travel_level, or the broadcast
  country text        NOT NULL, -- ISO 3166-1 alpha-2; '' where nobody is to be told
  since   timestamptz NOT NULL, -- who was told before is told again
  after   bigint      NOT NULL DEFAULT 0, -- numbers up to this one are done
  told    integer     NOT NULL DEFAULT 0,
  done_at timestamptz,
  PRIMARY KEY (kind, ref, country)
);
CREATE INDEX entry_resend_open ON entry_resend (since) WHERE done_at IS NULL;
INSERT INTO entry_resend (kind, ref, country, since, done_at) SELECT 'level', id, '', made_at, now() FROM travel_level;
