-- Keeps names in a day's hash of users, by which its hours are found, without what they spent.
-- KEYS[1] hash of users; ARGV[1] 1: those that are there lose what they spent; 0: those that are not there get a name; ARGV[2..] users.
-- Replies nothing of use. A hash that is gone stays gone: it would have no time to live.

local NOTHING = string.char(0) -- A row of no measures (PackedMeasures.cs).
for i = 2, redis.call('EXISTS', KEYS[1]) == 1 and #ARGV or 0 do
  if redis.call('HEXISTS', KEYS[1], ARGV[i]) == tonumber(ARGV[1]) then
    redis.call('HSET', KEYS[1], ARGV[i], NOTHING)
  end
end
return 1
