-- What became of alerts, for those who follow: an outbox, and the addresses that are told.

-- Written in the transaction of the act. The id is what a follower resumes from.
CREATE TABLE alert_event (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at       timestamptz NOT NULL DEFAULT now(),
  alert_id uuid        NOT NULL REFERENCES alert,
  act      text        NOT NULL, -- of src/alerts/lifecycle.ts, or create
  phase    alert_phase NOT NULL,
  version  integer     NOT NULL
);
CREATE INDEX alert_event_of_alert ON alert_event (alert_id, id);

CREATE TABLE webhook (
  id         uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  url        text        NOT NULL,
  acts       text[] CHECK (acts <> '{}'), -- null: all
  secret     bytea       NOT NULL,        -- sealed with the installation's secret (src/lib/seal.ts)
  made_by    text        NOT NULL,
  made_at    timestamptz NOT NULL DEFAULT now(),
  after_id   bigint      NOT NULL,        -- of events: what was before is not told
  ended_at   timestamptz
);

-- One event for one address, until it is told or given up.
CREATE TABLE webhook_delivery (
  webhook_id uuid        NOT NULL REFERENCES webhook,
  event_id   bigint      NOT NULL REFERENCES alert_event,
  attempts   smallint    NOT NULL DEFAULT 0,
  next_at    timestamptz NOT NULL DEFAULT now(),
  status     integer,                    -- the last answer; null: none came
  error      text,
  done_at    timestamptz,                -- told
  given_up_at timestamptz,
  PRIMARY KEY (webhook_id, event_id)
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (next_at) WHERE done_at IS NULL AND given_up_at IS NULL;

-- A request that is sent again with its Idempotency-Key gets the first answer. Answers may hold secrets and numbers: they are sealed.
CREATE TABLE idempotency (
  person     text        NOT NULL,
  key        text        NOT NULL,
  request    bytea       NOT NULL CHECK (length(request) = 32), -- SHA-256 of method, path, query and body
  status     integer,                                           -- null: under way
  headers    jsonb,
  answer     bytea,
  at         timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (person, key)
);
CREATE INDEX idempotency_age ON idempotency (at);
