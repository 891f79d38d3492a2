-- Deletes counters whole. Replies how many there were.
-- KEYS[1..n] the counters; KEYS[n + 1..] each one's list of subjects. ARGV[1..n] each one's subject.

local found = 0
for i, subject in ipairs(ARGV) do
  redis.call('ZCARD', KEYS[#ARGV + i]) -- Fails here, and not between two writes, where it is no sorted set.
end
for i, subject in ipairs(ARGV) do
  found = found + redis.call('DEL', KEYS[i])
  redis.call('ZREM', KEYS[#ARGV + i], subject)
end
return found
