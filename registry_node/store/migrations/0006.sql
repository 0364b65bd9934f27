-- Names: a registry's system accounts are found together, not one by one.
CREATE INDEX account_system ON account (registry_id, address) WHERE kind = 6;
