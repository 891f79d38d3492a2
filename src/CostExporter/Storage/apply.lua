-- Applies one numbered batch of increments, once and whole, or changes nothing. In front of it stand measures.lua and rows.lua.
-- KEYS[1] last number applied of one exporter's life; KEYS[2..] what its rows go to (rows.lua).
-- ARGV[1] the batch's number; ARGV[2] seconds to keep it; ARGV[3..] its rows (rows.lua).
-- Replies {1: applied, 0: was applied before, -1: a number before it is missing; the last number applied; increments that came too late;
--   KEYS[1]}: whoever gets the answer to another batch, as by a connection that lost one, can tell.

local number = tonumber(ARGV[1])
local last = tonumber(redis.call('GET', KEYS[1]) or '0')
if number ~= last + 1 then
  return { number <= last and 0 or -1, last, 0, KEYS[1] }
end

-- The number is written first, because that is the write which Redis refuses when it is out of memory.
local writes, late = read_rows(2, 3)
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
write_rows(writes)
return { 1, number, late, KEYS[1] }
