-- One entry for each stream asked: its wrapped key in hex, or null.
SELECT json_group_array((SELECT hex(wrapped) FROM keys WHERE keys.stream = asked.value))
FROM json_each(?1) AS asked
