-- People who sign in: roles, a password and a second factor, sessions; keys that end; mission staff who see their jurisdiction.

ALTER TABLE person
  ADD COLUMN roles person_role[] NOT NULL DEFAULT '{}', -- of his sessions; a key has a role of its own
  ADD COLUMN missions text[] CHECK (missions <> '{}'),  -- mission staff: what concerns these alone; null: everything
  ADD COLUMN disabled_at timestamptz,                   -- neither his keys nor his sessions hold
  ADD COLUMN password_hash text,                        -- argon2id, PHC string format
  ADD COLUMN password_set_at timestamptz,
  ADD COLUMN must_change boolean NOT NULL DEFAULT false, -- somebody else knows the password
  ADD COLUMN totp_secret bytea,                         -- sealed with the installation's secret (src/lib/seal.ts)
  ADD COLUMN totp_confirmed_at timestamptz,             -- a code of it was shown to work
  ADD COLUMN totp_step bigint,                          -- RFC 6238 §5.2: a code is taken once
  ADD COLUMN recovery_hashes bytea[] NOT NULL DEFAULT '{}', -- of codes for who lost the second factor, each taken once
  -- Administrators neither compose nor approve.
  ADD CHECK (NOT ('administrator' = ANY (roles) AND roles && '{composer,approver}'::person_role[])),
  ADD CHECK (NOT 'carrier' = ANY (roles));

-- Only the SHA-256 of a session's token is kept, like that of a key.
CREATE TABLE session (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  person_id  bigint      NOT NULL REFERENCES person,
  hash       bytea       NOT NULL UNIQUE CHECK (length(hash) = 32),
  created_at timestamptz NOT NULL DEFAULT now(),
  seen_at    timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  ended_at   timestamptz
);
CREATE INDEX session_of_person ON session (person_id) WHERE ended_at IS NULL;

-- Sign-ins that were tried: counted before the password is looked at, and alike for names that there are and names that there are not.
CREATE TABLE sign_in_attempt (
  subject      bytea PRIMARY KEY,    -- SHA-256 of an address, of a name, or of both
  failures     integer     NOT NULL,
  failed_at    timestamptz NOT NULL,
  locked_until timestamptz
);
CREATE INDEX sign_in_attempt_by_age ON sign_in_attempt (failed_at);

ALTER TABLE api_key
  ADD COLUMN label text,                               -- what it is for
  ADD COLUMN expires_at timestamptz,
  ADD COLUMN scopes text[] CHECK (scopes <> '{}');     -- tags of the API it may use, each alone or with ':read'; null: all of its role

-- Which countries an alert and what it corrects touch: what mission staff see of it. Null: not reckoned yet, or changed since.
ALTER TABLE alert ADD COLUMN countries text[];
CREATE INDEX alert_without_countries ON alert (id) WHERE countries IS NULL;

CREATE FUNCTION forget_countries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.countries := NULL;
  RETURN NEW;
END $$;
CREATE TRIGGER alert_countries BEFORE UPDATE OF document ON alert FOR EACH ROW EXECUTE FUNCTION forget_countries();
