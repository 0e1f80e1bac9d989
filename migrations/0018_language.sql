-- The language that a roamer's texts on entering a country are in, as his home carrier last reported it: BCP 47; null: it never did. In no index: neither
-- is anybody looked for by it, nor does a new one cost an entry.
ALTER TABLE roamer ADD COLUMN language text;
