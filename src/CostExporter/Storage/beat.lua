-- Notes a sign of life of one exporter, and takes those off the list that gave none for too long.
-- KEYS[1] sorted set of instances by the Unix second until which they are waited for; KEYS[2] hash: instance to how many seconds that is, a blank, and
--   what the exporter says of itself; its empty field the second of the last sign of life of any exporter.
-- ARGV[1] instance; ARGV[2] seconds to wait for its next sign; ARGV[3] what it says of itself; ARGV[4] 1: it ends; ARGV[5] seconds to keep both keys.
-- Replies {instance, what it said, ...} of those taken off: no other exporter is told of them.

local now = tonumber(redis.call('TIME')[1])
local last = tonumber(redis.call('HGET', KEYS[2], '') or now)
local overdue = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', '(' .. now)
local ended = {}

-- Where nobody was heard, it was the store that was away: everybody gets their time once more.
local was_away = now - last > tonumber(ARGV[2])
redis.call('HSET', KEYS[2], '', now)
redis.call('EXPIRE', KEYS[2], ARGV[5])
for _, instance in ipairs(overdue) do
  if instance ~= ARGV[1] then
    local wait, said = string.match(redis.call('HGET', KEYS[2], instance) or '', '^(%d+) (.*)$')
    if was_away and wait then
      redis.call('ZADD', KEYS[1], now + tonumber(wait), instance)
    else
      redis.call('ZREM', KEYS[1], instance)
      redis.call('HDEL', KEYS[2], instance)
      if said then
        ended[#ended + 1], ended[#ended + 2] = instance, said
      end
    end
  end
end

if ARGV[4] == '1' then
  redis.call('ZREM', KEYS[1], ARGV[1])
  redis.call('HDEL', KEYS[2], ARGV[1])
else
  redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), ARGV[1])
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. ' ' .. ARGV[3])
end
redis.call('EXPIRE', KEYS[1], ARGV[5])
return ended
