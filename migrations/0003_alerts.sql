-- Alerts and their broadcasts.

CREATE TYPE alert_phase AS ENUM ('draft', 'submitted', 'approved', 'live', 'ended');

CREATE TABLE alert (
  id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  chain_id        uuid        NOT NULL, -- the first alert of the chain of references; its own id for an Alert
  identifier      text        NOT NULL,
  sender          text        NOT NULL,
  sent            timestamptz NOT NULL,
  msg_type        text        NOT NULL,
  status          text        NOT NULL,
  severity        text        NOT NULL,
  all_clear       boolean     NOT NULL,
  expires         timestamptz NOT NULL,
  document        jsonb       NOT NULL, -- src/alerts/model.ts
  rules           jsonb       NOT NULL, -- src/alerts/rules.ts
  notes           jsonb       NOT NULL, -- what was repaired when it was taken
  lifecycle       jsonb       NOT NULL, -- src/alerts/lifecycle.ts: phase, authors, approval, end
  phase           alert_phase NOT NULL,
  digest          text        NOT NULL, -- of what stands here now
  approved_digest text,                 -- of what was approved
  version         integer     NOT NULL DEFAULT 1,
  created_at      timestamptz NOT NULL DEFAULT now(),
  launched_at     timestamptz,
  UNIQUE (sender, identifier, sent)     -- what identifies an alert: CAP 1.2 §3.2.1
);
CREATE INDEX alert_chain ON alert (chain_id);
CREATE INDEX alert_live ON alert (expires) WHERE phase = 'live';

CREATE TYPE broadcast_state AS ENUM ('selecting', 'sending', 'closed');

-- id = yyyymm * 1,000,000 + n: a month of broadcasts is one range, so messages are partitioned, and dropped, by month while
-- (broadcast, recipient) stays unique, which partitions by time could not promise.
CREATE TABLE broadcast (
  id               bigint PRIMARY KEY,
  alert_id         uuid   REFERENCES alert,  -- null: the entry texts of one day
  day              date   UNIQUE,            -- of entry texts
  lane             smallint NOT NULL,
  state            broadcast_state NOT NULL DEFAULT 'selecting',
  exercise         boolean NOT NULL,         -- Exercise or Test: never through a live bind
  resend           boolean NOT NULL,         -- what becomes of a message whose fate is not known
  validity_ms      bigint,                   -- how long a carrier may keep each message, from its submission; null: until `expires`
  digest           text,
  expires          timestamptz,              -- nothing is sent, or kept by a carrier, beyond it
  selection_cursor jsonb,
  next_seq         integer NOT NULL DEFAULT 1,
  expected         bigint,                   -- counted before the first message was made
  refused          text,                     -- why selection refused to go on
  created_at       timestamptz NOT NULL DEFAULT now(),
  selected_at      timestamptz,
  first_submit_at  timestamptz,
  cancelled_at     timestamptz,
  closed_at        timestamptz,
  CHECK ((alert_id IS NULL) <> (day IS NULL))
);
CREATE INDEX broadcast_open ON broadcast (state) WHERE state <> 'closed';
CREATE INDEX broadcast_of_alert ON broadcast (alert_id);

CREATE TABLE broadcast_month (month integer PRIMARY KEY, next integer NOT NULL);

-- The texts of a broadcast: one a language, or for entry texts one a country and language.
CREATE TABLE broadcast_text (
  broadcast_id bigint   NOT NULL REFERENCES broadcast,
  variant      smallint NOT NULL,
  key          text     NOT NULL,
  language     text     NOT NULL,
  text         text     NOT NULL,
  PRIMARY KEY (broadcast_id, variant),
  UNIQUE (broadcast_id, key)
);

-- Why each person was chosen, added up page by page in the transaction that makes the messages.
CREATE TABLE audience_tally (
  broadcast_id bigint NOT NULL,
  reason       text   NOT NULL,
  country      text   NOT NULL,
  n            integer NOT NULL
);
CREATE INDEX audience_tally_of_broadcast ON audience_tally (broadcast_id);

CREATE TABLE mission (
  id           text PRIMARY KEY,
  country      char(2) NOT NULL,
  name_ko      text NOT NULL,
  name_en      text NOT NULL,
  phone        text NOT NULL,
  is_embassy   boolean NOT NULL,
  verified_on  date           -- null: an operator must verify it before it is relied on
);
CREATE INDEX mission_of_country ON mission (country);
