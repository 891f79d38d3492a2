-- Looks through a part of a series' subjects.
-- KEYS[1] sorted set: subjects by when they may be forgotten. ARGV[1] what their counters' keys begin with; ARGV[2] how many to pass over; ARGV[3] how many
-- to look at. Replies how many were looked at; then those that have a counter.

local time = redis.call('TIME')
local listed = redis.call('ZRANGEBYSCORE', KEYS[1], time[1] * 1000, '+inf', 'LIMIT', ARGV[2], ARGV[3])
local reply = { tostring(#listed) }
for _, subject in ipairs(listed) do
  if redis.call('EXISTS', ARGV[1] .. subject) == 1 then
    reply[#reply + 1] = subject
  end
end
return reply
