-- A webhook's secret is replaced: for a while both sign, so that whoever checks has time to take the new one.
ALTER TABLE webhook
  ADD COLUMN old_secret bytea,      -- sealed like the one that took its place
  ADD COLUMN old_until timestamptz, -- until then it signs too
  ADD CHECK ((old_secret IS NULL) = (old_until IS NULL));
