
-- Adds rows to the hashes of their periods, for the scripts that book rows: read_rows(first, at) reads and adds up, writing nothing, and gives what is to be
-- written, and how many increments came too late; write_rows(writes) writes it. measures.lua stands in front.
-- KEYS[first..] hashes of rows, each named once: those with a list of what costs the most first, those of sessions last; then, to the end, the lists
--   (sorted sets), in the order of their hashes.
-- ARGV[at] how many of the hashes are sessions; ARGV[at + 1] how many have a list; then for each hash: the Unix second at which it expires; how many
--   increments to report where that has passed; n; n times a field and the measures to add to it (PackedMeasures.cs), each field once; for a session then
--   the Unix seconds in which its first and its last call ended.
--
-- An error in the middle of a script does not undo its writes: so everything is read and checked first, and the writes at the end cannot fail, but where
-- Redis is out of memory: that refuses the first write of a script, and no later one.

local function read_rows(first, at)
  local now = tonumber(redis.call('TIME')[1])
  local late, writes = 0, {}
  local lists = tonumber(ARGV[at + 1])
  local first_list = #KEYS - lists + 1
  local first_session = first_list - tonumber(ARGV[at])
  at = at + 2
  for k = first, first_list - 1 do
    local is_session = k >= first_session
    local expiry, increments, count = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
    at = at + 3
    if expiry <= now then
      -- A time to live in the past would delete what the hash holds: such increments are counted, not written.
      late = late + increments
    else
      local fields, pairs = {}, {}
      for i = 1, count do
        fields[i] = ARGV[at + 2 * i - 2]
      end
      if is_session then
        fields[count + 1], fields[count + 2] = 'first', 'last'
      end
      local before = redis.call('HMGET', KEYS[k], unpack(fields))
      for i = 1, count do
        local measures = ARGV[at + 2 * i - 1]
        pairs[2 * i - 1] = fields[i]
        pairs[2 * i] = before[i] and add(before[i], measures) or measures
      end
      if is_session then
        local first, last = tonumber(ARGV[at + 2 * count]), tonumber(ARGV[at + 2 * count + 1])
        pairs[2 * count + 1], pairs[2 * count + 2] = 'first', string.format('%d', math.min(first, tonumber(before[count + 1] or first)))
        pairs[2 * count + 3], pairs[2 * count + 4] = 'last', string.format('%d', math.max(last, tonumber(before[count + 2] or last)))
      end
      local list, scores = k < first + lists and KEYS[first_list + k - first], {}
      if list then
        for i = 1, count do
          scores[2 * i - 1], scores[2 * i] = rank(pairs[2 * i]), fields[i]
        end
        redis.call('ZCARD', list) -- Fails here, and not between two writes, where it is none.
      end
      writes[#writes + 1] = { key = KEYS[k], pairs = pairs, expiry = expiry, list = list, scores = scores }
    end
    at = at + 2 * count + (is_session and 2 or 0)
  end
  return writes, late
end

local function write_rows(writes)
  for _, write in ipairs(writes) do
    redis.call('HSET', write.key, unpack(write.pairs))
    redis.call('EXPIREAT', write.key, write.expiry)
    if write.list then
      redis.call('ZADD', write.list, unpack(write.scores))
      redis.call('EXPIREAT', write.list, write.expiry)
    end
  end
end

