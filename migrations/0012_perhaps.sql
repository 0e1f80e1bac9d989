-- Roamers whose network serves several countries, for whoever asks where any of them may be: by what the network serves, of which there are some
-- dozens. An inverted index of their candidates cost every move of a roamer a place in its list of what is to be sorted in, and each count a
-- look at every row.
DROP INDEX roamer_candidates;
CREATE INDEX roamer_perhaps ON roamer (candidates, msisdn) INCLUDE (country, hplmn, cell) WHERE country IS NULL AND candidates <> '{}';
