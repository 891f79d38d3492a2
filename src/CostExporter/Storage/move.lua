-- Gives a user's rows of one period to another name and deletes what is the user's alone, once and whole. In front of it stands measures.lua.
-- KEYS: what is read and written, all of one slot.
-- ARGV[1] how many keys, the last ones, are deleted; then for each move: the number of the key it comes from; the number of the key it goes to; whether
--   its fields are counted (1 or 0); the number of the list of what costs the most of the key it goes to, 0 for none; n; n times the field that it is and the field that it becomes.
-- Replies how many counted fields were there, and keys.
--
-- As in apply.lua everything is read and added up first, and the first write is one that Redis refuses when it is out of memory: so nothing is taken away
-- that is not written elsewhere.

local AT_ONCE = 1000
local moved, sums, gone, lives, lists, at = 0, {}, {}, {}, {}, 2

local function read(key, fields)
  local values = {}
  for i = 1, #fields, AT_ONCE do
    local some = redis.call('HMGET', key, unpack(fields, i, math.min(i + AT_ONCE - 1, #fields)))
    for j = 1, AT_ONCE do
      values[i + j - 1] = some[j]
    end
  end
  return values
end

while at <= #ARGV do
  local from, to, counts, count = KEYS[tonumber(ARGV[at])], KEYS[tonumber(ARGV[at + 1])], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 4])
  lists[to] = KEYS[tonumber(ARGV[at + 3])]
  if lists[to] then
    redis.call('ZCARD', lists[to]) -- Fails here, and not between two writes, where it is none.
  end
  local fields, becomes, wanted, seen = {}, {}, {}, {}
  for i = 1, count do
    fields[i], becomes[i] = ARGV[at + 3 + 2 * i], ARGV[at + 4 + 2 * i]
    if not seen[becomes[i]] then
      seen[becomes[i]] = true
      wanted[#wanted + 1] = becomes[i]
    end
  end
  local values, there = read(from, fields), read(to, wanted)
  sums[to] = sums[to] or {}
  gone[from] = gone[from] or {}
  for i = 1, #wanted do
    sums[to][wanted[i]] = sums[to][wanted[i]] or there[i] or nil
  end
  for i = 1, count do
    if values[i] then
      local before = sums[to][becomes[i]]
      sums[to][becomes[i]] = before and add(before, values[i]) or values[i]
      gone[from][#gone[from] + 1] = fields[i]
      moved = moved + counts
    end
  end
  lives[to] = math.max(lives[to] or redis.call('PTTL', to), redis.call('PTTL', from))
  at = at + 5 + 2 * count
end

for key, rows in pairs(sums) do
  for field, sum in pairs(rows) do
    redis.call('HSET', key, field, sum)
    if lists[key] then
      redis.call('ZADD', lists[key], rank(sum), field)
    end
  end
  if lives[key] > 0 then
    redis.call('PEXPIRE', key, string.format('%d', lives[key]))
    if lists[key] then
      redis.call('PEXPIRE', lists[key], string.format('%d', lives[key]))
    end
  end
end
for key, fields in pairs(gone) do
  for i = 1, #fields, AT_ONCE do
    redis.call('HDEL', key, unpack(fields, i, math.min(i + AT_ONCE - 1, #fields)))
    if lists[key] then
      redis.call('ZREM', lists[key], unpack(fields, i, math.min(i + AT_ONCE - 1, #fields)))
    end
  end
end
for i = #KEYS - tonumber(ARGV[1]) + 1, #KEYS do
  moved = moved + redis.call('DEL', KEYS[i])
end
return moved
