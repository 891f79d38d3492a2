-- Adds a tenant to the list that readers start from, and drops those whose rows have all expired.
-- KEYS[1] sorted set of partitions by the Unix second until which they may have rows; ARGV[1] partition; ARGV[2] seconds its rows may live.
-- Replies nothing of use. Run again, it only moves the time on.

local now = tonumber(redis.call('TIME')[1])
local until_then = now + tonumber(ARGV[2])
local known = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not known or tonumber(known) < until_then then
  redis.call('ZADD', KEYS[1], until_then, ARGV[1])
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('EXPIREAT', KEYS[1], redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2])
return 1
