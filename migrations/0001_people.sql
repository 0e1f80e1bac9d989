-- People, their keys, and the record of what they did.

CREATE TYPE person_role AS ENUM ('viewer', 'composer', 'approver', 'administrator', 'auditor', 'carrier');

CREATE TABLE person (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name       text        NOT NULL UNIQUE CHECK (name <> ''),
  created_at timestamptz NOT NULL DEFAULT now()
);

-- Only the SHA-256 of a key is kept: keys are 256 random bits, so a slow hash would protect nothing.
CREATE TABLE api_key (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  person_id    bigint      NOT NULL REFERENCES person,
  role         person_role NOT NULL,
  hash         bytea       NOT NULL UNIQUE CHECK (length(hash) = 32),
  created_at   timestamptz NOT NULL DEFAULT now(),
  last_used_at timestamptz,
  revoked_at   timestamptz
);

-- Append-only and hash-chained: each row's hash covers the row before it (src/store/audit.ts).
CREATE TABLE audit (
  id       bigint      PRIMARY KEY,
  at       timestamptz NOT NULL,
  actor    text        NOT NULL,
  act      text        NOT NULL,
  subject  text        NOT NULL,
  detail   jsonb       NOT NULL,
  previous bytea       NOT NULL,
  hash     bytea       NOT NULL
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END $$;

CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A database that the demo made may be emptied by the demo; any other may not.
CREATE TABLE installation (
  only_row   boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
  demo       boolean     NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO installation DEFAULT VALUES;
