-- Drops records by their keys.
-- KEYS[1] and KEYS[2] as in records_write.lua; ARGV the keys, at most 1000. Replies how many were there. Run again it drops nothing more.

local ids = {}
for i = 1, #ARGV do
  ids[i] = string.sub(ARGV[i], 9)
end
redis.call('ZREM', KEYS[1], unpack(ARGV))
return redis.call('HDEL', KEYS[2], unpack(ids))
