-- Notes that a source sends a form of telemetry for calls of an hour, and says which form is booked for that hour: decided by whoever asks first, and kept.
-- KEYS[1] hash of a source's hours; ARGV[1] hour; ARGV[2] form, a digit, the lower the better; ARGV[3] how many hours are kept; ARGV[4] seconds to keep the hash.
-- Replies the form. Run again, it replies the same.
--
-- A field is an hour; its value the digit of the form that is booked, then those of all forms that were sent for it.

local hour, form = tonumber(ARGV[1]), ARGV[2]
local stored = redis.call('HGET', KEYS[1], ARGV[1])
if stored then
  if not string.find(stored, form, 2, true) then
    redis.call('HSET', KEYS[1], ARGV[1], stored .. form)
  end
else
  local booked, before, hours = form, nil, {}
  local fields = redis.call('HGETALL', KEYS[1])
  for i = 1, #fields, 2 do
    local other = tonumber(fields[i])
    hours[#hours + 1] = other
    if other < hour and (not before or other > before) then
      before, stored = other, fields[i + 1]
    end
  end
  for sent in string.gmatch(stored and string.sub(stored, 2) or '', '%d') do
    booked = math.min(booked, sent)
  end
  stored = string.format('%d', booked) .. form
  redis.call('HSET', KEYS[1], ARGV[1], stored)

  -- The earliest go, whenever they were claimed: what is that old is not booked any more.
  table.sort(hours)
  for i = 1, #hours + 1 - tonumber(ARGV[3]) do
    redis.call('HDEL', KEYS[1], string.format('%d', hours[i]))
  end
end
redis.call('EXPIRE', KEYS[1], ARGV[4])
return tonumber(string.sub(stored, 1, 1))
