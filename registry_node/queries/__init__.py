"""Read models. Every function takes a `Snapshot` and returns plain data, ready for JSON.

Quantities are strings of integers (tonnes), serials and heights are integers, addresses and hashes
are lowercase 0x hexadecimal, times are ISO 8601 in UTC.
"""
