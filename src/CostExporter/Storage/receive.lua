-- Books one receipt, once and whole, or changes nothing: its rows, if none of the calls that they are of is known and every state has the version that they
-- were worked out from. In front of it stand measures.lua and rows.lua.
-- KEYS[1] sorted set of the keys that hold ids and states, by the Unix second until which they are kept: what is cleared is found by it; then a set of ids for
--   each day; then the states, strings of a version, ':' and the content; then what the rows go to (rows.lua).
-- ARGV[1] anything; ARGV[2] 1: say which process this is; ARGV[3] how many days; ARGV[4] how many states; ARGV[5] seconds to keep a state; then for each day
--   the Unix second at which it expires, n, n ids; for each state the version that it must have (0: is not there) and the text that takes its place; then
--   the rows (rows.lua).
-- Replies {1: booked, 0: nothing was changed; ARGV[1]: whoever gets the answer to another receipt can tell; which process this is, empty where it is not said;
--   increments that came too late; 1 where KEYS[1] was not there before; the ids that are known; the numbers of the states that have another version}.

local AT_ONCE, LEAST = 1000, 3600 -- unpack has a limit; a set that would expire in the past would take its ids with it.
local days, states = tonumber(ARGV[3]), tonumber(ARGV[4])
local now = tonumber(redis.call('TIME')[1])

local process = ''
if ARGV[2] == '1' then
  local info = redis.pcall('INFO', 'server') -- A user may not be allowed to ask.
  process = type(info) == 'string' and string.match(info, 'run_id:(%w+)') or ''
end

local at, sets, texts = 6, {}, {}
local known, changed = {}, {}
for k = 2, 1 + days do
  local first, last = at + 2, at + 1 + tonumber(ARGV[at + 1])
  for i = first, last do
    if redis.call('SISMEMBER', KEYS[k], ARGV[i]) == 1 then
      known[#known + 1] = ARGV[i]
    end
  end
  sets[k] = { expiry = math.max(tonumber(ARGV[at]), now + LEAST), first = first, last = last }
  at = last + 1
end
for k = 2 + days, 1 + days + states do
  local head = redis.call('GETRANGE', KEYS[k], 0, 19)
  local version = head == '' and '0' or string.match(head, '^(%d+):')
  assert(version, 'a state is not in the form this version writes')
  if version ~= ARGV[at] then
    changed[#changed + 1] = k - 1 - days
  end
  texts[k] = ARGV[at + 1]
  at = at + 2
end
local is_new = redis.call('ZCARD', KEYS[1]) == 0 and 1 or 0
if #known > 0 or #changed > 0 then
  return { 0, ARGV[1], process, 0, is_new, known, changed }
end

-- What names the keys is written first: it is a write that Redis refuses when it is out of memory, and without ids and states the first one of rows is.
local writes, late = read_rows(2 + days + states, at)
for k, set in pairs(sets) do
  redis.call('ZADD', KEYS[1], set.expiry, KEYS[k])
end
for k in pairs(texts) do
  redis.call('ZADD', KEYS[1], now + ARGV[5], KEYS[k])
end
for k, set in pairs(sets) do
  for i = set.first, set.last, AT_ONCE do
    redis.call('SADD', KEYS[k], unpack(ARGV, i, math.min(i + AT_ONCE - 1, set.last)))
  end
  redis.call('EXPIREAT', KEYS[k], set.expiry)
end
for k, text in pairs(texts) do
  redis.call('SET', KEYS[k], text, 'EX', ARGV[5])
end
write_rows(writes)
if days + states > 0 then
  redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
  redis.call('EXPIREAT', KEYS[1], redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')[2])
end
return { 1, ARGV[1], process, late, is_new, {}, {} }
