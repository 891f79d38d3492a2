-- Overrides a limit, or takes an override back; those that nobody changed for too long are dropped on the way.
-- KEYS[1] hash of overrides. ARGV[1] the field: LIMIT or LIMIT|SUBJECT; ARGV[2] the amount, '-' for unlimited, empty to take it back; ARGV[3] for how long
-- it holds, in milliseconds. Replies 1.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local said = redis.call('HGETALL', KEYS[1])
for i = 1, #said, 2 do
  local till = string.match(said[i + 1], '^(%d+) ')
  if not till or tonumber(till) <= now then
    redis.call('HDEL', KEYS[1], said[i])
  end
end
if ARGV[2] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f %s', now + ARGV[3], ARGV[2]))
  redis.call('PEXPIRE', KEYS[1], ARGV[3])
end
return 1
