-- Writes records that are not there yet, then drops what is too old or too much.
-- KEYS[1] sorted set of keys (RecordKey.cs: 8 bytes of time, 16 of id), all of one score, so that they stand in the order of their bytes; KEYS[2] hash of id to line.
-- ARGV[1] how many are kept; ARGV[2] the 8 bytes of time before which none is; ARGV[3] seconds both keys live from now; then for each record its key and its line.
-- Replies how many were not there yet. Run again with the same records it changes nothing but the time to live.
--
-- An error in the middle does not undo what is before it: a key without a line is no record, and is written whole the next time.

local first_kept, new = ARGV[2], 0

-- Byte by byte, as the sorted set has them: '<' would go by the locale that the server was started in.
local function is_before(key, time)
  for i = 1, 8 do
    local a, b = string.byte(key, i), string.byte(time, i)
    if a ~= b then
      return a < b
    end
  end
  return false
end

for i = 4, #ARGV, 2 do
  local key = ARGV[i]
  local id = string.sub(key, 9)
  if redis.call('HEXISTS', KEYS[2], id) == 0 then
    new = new + 1
    if not is_before(key, first_kept) then
      redis.call('ZADD', KEYS[1], 0, key)
      redis.call('HSET', KEYS[2], id, ARGV[i + 1])
    end
  end
end

local function drop(keys)
  -- In parts: unpack has a limit.
  for from = 1, #keys, 500 do
    local ids, gone = {}, {}
    for i = from, math.min(from + 499, #keys) do
      gone[#gone + 1], ids[#ids + 1] = keys[i], string.sub(keys[i], 9)
    end
    redis.call('HDEL', KEYS[2], unpack(ids))
    redis.call('ZREM', KEYS[1], unpack(gone))
  end
end

-- At most so many at once: what is left of a store that was not written to for long, or is to keep fewer from now on, goes with the next writes.
drop(redis.call('ZRANGEBYLEX', KEYS[1], '-', '(' .. first_kept, 'LIMIT', 0, 5000))
local over = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[1])
if over > 0 then
  drop(redis.call('ZRANGE', KEYS[1], 0, math.min(over, 5000) - 1))
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return new
