-- Zones that were drawn or imported, and travel-alert levels. Both are append-only: a change is a new row.

-- An alert copies the shapes of the version that it names, so no change here reaches an alert.
CREATE TABLE zone_version (
  id       text        NOT NULL CHECK (id ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
  version  integer     NOT NULL CHECK (version > 0),
  name     text        NOT NULL,
  shapes   jsonb       NOT NULL, -- src/geo/zone.ts
  digest   bytea       NOT NULL, -- SHA-256 of name and shapes as canonical JSON: whether a file says the same
  source   jsonb,
  made_by  text        NOT NULL, -- person:NAME, or file: from the directory of geofences at start
  made_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (id, version)
);
CREATE TRIGGER zone_version_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON zone_version
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The advice that stands for an area is its newest row; level null takes the area off the list.
CREATE TABLE travel_level (
  id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  country  text        NOT NULL,
  area     text        NOT NULL, -- the id of a zone: the country itself, a region, or a zone of the library
  level    smallint    CHECK (level BETWEEN 1 AND 4),
  special  boolean     NOT NULL DEFAULT false, -- the special travel advisory: between 2 and 3, until further notice
  since    date        NOT NULL,
  source   text        NOT NULL,
  verified boolean     NOT NULL,
  made_by  text        NOT NULL,
  made_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX travel_level_of_area ON travel_level (country, area, id DESC);
CREATE TRIGGER travel_level_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON travel_level
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
