-- Puts a correction in force, or takes it back.
-- KEYS[1] hash of corrections; ARGV[1] its id; ARGV[2] 1: in force, 0: not; ARGV[3] what it is; ARGV[4] seconds to keep it.
-- Replies 1; 0 where it was so already, and then nothing is changed.
--
-- A field is 'state|order|what it is'; the field '' counts, for the order.

local before = redis.call('HGET', KEYS[1], ARGV[1])
local state = before and string.sub(before, 1, 1) or '0'
if state == ARGV[2] then
  return 0
end
local order = redis.call('HINCRBY', KEYS[1], '', 1)
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. '|' .. order .. '|' .. ARGV[3])

-- As long as anything that it may correct, and never less than before.
if redis.call('TTL', KEYS[1]) < tonumber(ARGV[4]) then
  redis.call('EXPIRE', KEYS[1], ARGV[4])
end
return 1
