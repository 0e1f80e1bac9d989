-- Roamers whose network serves several countries, for whoever asks where any of them may be: they are few, and are read, and counted in groups,
-- in one index-only scan. An inverted index of their candidates cost every move of a roamer a place in its list of what is to be sorted in,
-- and each count a look at every row.
DROP INDEX roamer_candidates;
CREATE INDEX roamer_perhaps ON roamer (msisdn) INCLUDE (candidates, country, hplmn, cell) WHERE country IS NULL AND candidates <> '{}';
