-- A pseudonym is made of the name by a key of its own (HMAC-SHA256), which goes with the name: whoever gives it another name has no key that fits.
-- Those of before were drawn at random and have none; they are of 12 characters, the others of 16.
ALTER TABLE pseudonym
  ADD COLUMN key bytea CHECK (length(key) = 32),
  ADD CHECK (key IS NOT NULL OR length(pseudonym) < 16);
