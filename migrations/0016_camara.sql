-- Subscriptions at operators' CAMARA APIs (device-roaming-status-subscriptions), as their client.

-- What an operator's account is to watch.
CREATE TABLE camara_number (
  operator text        NOT NULL, -- id of a file in BONGSU_CAMARA_DIR
  msisdn   bigint      NOT NULL,
  added_by text        NOT NULL,
  added_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (operator, msisdn)
);
CREATE INDEX camara_number_of ON camara_number (msisdn);

-- One row a subscription, made before the operator is asked for it: what was asked for and not answered is found again by its id, which
-- stands in its sink.
CREATE TABLE camara_subscription (
  id           uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
  operator     text        NOT NULL,
  msisdn       bigint,               -- null of a stray one whose number the operator does not show
  type         text        NOT NULL, -- roaming-status, roaming-change-country, roaming-on, roaming-off
  -- due: to be asked for. asked: asked for, and it is not known whether it was made. requested: the operator has named its id, not yet said
  -- that it works. active. ending: to be deleted at the operator. ended.
  state        text        NOT NULL CHECK (state IN ('due', 'asked', 'requested', 'active', 'ending', 'ended')),
  remote_id    text,                 -- the operator's id; null before it is known
  asked_until  timestamptz,          -- the subscriptionExpireTime that was asked for
  expires_at   timestamptz,          -- of what is active
  next_try_at  timestamptz,          -- null when ended
  tries        integer     NOT NULL DEFAULT 0, -- in a row, without success
  short_lives  integer     NOT NULL DEFAULT 0, -- so many before it, in a row, ended soon after they began
  problem      text,
  changed_at   timestamptz NOT NULL, -- when it came into its state
  CHECK (msisdn IS NOT NULL OR state IN ('ending', 'ended')),
  CHECK ((state = 'ended') = (next_try_at IS NULL)),
  CHECK (state NOT IN ('requested', 'active', 'ending') OR remote_id IS NOT NULL),
  CHECK (state <> 'active' OR expires_at IS NOT NULL)
);
-- For each number and type one that works, and one that is to take its place.
CREATE UNIQUE INDEX camara_subscription_active ON camara_subscription (operator, msisdn, type) WHERE state = 'active';
CREATE UNIQUE INDEX camara_subscription_coming ON camara_subscription (operator, msisdn, type) WHERE state IN ('due', 'asked', 'requested');
CREATE UNIQUE INDEX camara_subscription_remote ON camara_subscription (remote_id, operator) WHERE remote_id IS NOT NULL;
CREATE INDEX camara_subscription_number ON camara_subscription (msisdn, operator);
CREATE INDEX camara_subscription_next ON camara_subscription (operator, next_try_at) WHERE state NOT IN ('asked', 'ended');
CREATE INDEX camara_subscription_asked ON camara_subscription (operator, next_try_at) WHERE state = 'asked';
CREATE INDEX camara_subscription_ended ON camara_subscription (changed_at) WHERE state = 'ended';

-- How an operator's account is.
CREATE TABLE camara_operator (
  operator    text        PRIMARY KEY,
  types       text[],      -- that its numbers were subscribed to last
  worker      uuid,        -- the process that works on it,
  worker_until timestamptz, -- and until when
  held_until  timestamptz, -- nothing is asked of it before
  tries       integer     NOT NULL DEFAULT 0, -- failures in a row
  problem     text,
  listed_at   timestamptz  -- when its list was last compared with ours
);

-- Whoever began to roam by an event that does not say where: the operator is asked.
CREATE TABLE camara_question (
  id          bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  operator    text        NOT NULL,
  msisdn      bigint      NOT NULL,
  key         text        NOT NULL UNIQUE, -- source and id of the event
  at          timestamptz NOT NULL,
  source      text        NOT NULL, -- whose key the event came with
  next_try_at timestamptz NOT NULL,
  tries       integer     NOT NULL DEFAULT 0
);
CREATE INDEX camara_question_next ON camara_question (operator, next_try_at);
