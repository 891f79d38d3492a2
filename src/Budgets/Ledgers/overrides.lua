-- Replies the overrides that hold: field, amount ('-': unlimited), and so on.
-- KEYS[1] hash of overrides.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local said, reply = redis.call('HGETALL', KEYS[1]), {}
for i = 1, #said, 2 do
  local till, amount = string.match(said[i + 1], '^(%d+) (.+)$')
  if till and tonumber(till) > now then
    reply[#reply + 1], reply[#reply + 2] = said[i], amount
  end
end
return reply
