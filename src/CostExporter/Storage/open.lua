-- Writes what the store is where nothing says it yet, and renews its time to live.
-- KEYS[1] hash of settings; ARGV[1] schema; ARGV[2] time zone; ARGV[3] seconds to keep them; ARGV[4] ... names and values of what it keeps.
-- Replies {schema, time zone} as the store has them.
--
-- HSET runs every time, and on this key alone: a user who may not write is found here, not by apply.lua between two of its writes. But not in a store
-- of another schema, which this version may not change.

local stored = redis.call('HMGET', KEYS[1], 'schema', 'time_zone')
local schema, zone = stored[1] or ARGV[1], stored[2] or ARGV[2]
if schema ~= ARGV[1] then
  return { schema, zone }
end
redis.call('HSET', KEYS[1], 'schema', schema, 'time_zone', zone, unpack(ARGV, 4))
redis.call('EXPIREAT', KEYS[1], redis.call('TIME')[1] + ARGV[3])
return { schema, zone }
