-- Standing alerts that somebody has looked at after they had paused: how far the engine has got in looking for those who came meanwhile.
-- The row is there until the walk is done. A review that comes in the midst of one gives it another id: it begins anew.
CREATE TABLE review_walk (
  id         bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  alert_id   uuid    NOT NULL UNIQUE REFERENCES alert,
  population text    NOT NULL DEFAULT 'roamers' CHECK (population IN ('roamers', 'residents')), -- whom it looks at now; roamers first
  after      bigint  NOT NULL DEFAULT 0, -- numbers up to this one are done
  told       integer NOT NULL DEFAULT 0
);

-- Alerts of two issuers may reach the same people though their areas do not meet: both tell those of whom only the country is known.
ALTER TABLE alert_overlap ADD COLUMN because text NOT NULL DEFAULT 'area' CHECK (because IN ('area', 'unplaced'));
