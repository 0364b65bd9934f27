-- Where a serial was at a past height is found without looking at every block that ended.
CREATE INDEX unit_block_by_movement ON unit_block (movement_id, to_height) WHERE to_height < 9223372036854775807;
