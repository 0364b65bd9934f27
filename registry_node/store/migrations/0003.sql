-- Undoing ledger blocks asks an index of every table, however many classes, links and reports there are.
CREATE INDEX unit_class_begun ON unit_class (block);
CREATE INDEX unit_class_by_origin ON unit_class (origin_class_id);
CREATE INDEX verification_begun ON verification (block);
CREATE INDEX link_begun ON link (block);
