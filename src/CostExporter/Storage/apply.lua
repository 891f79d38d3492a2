-- Applies one numbered batch of increments, once and whole, or changes nothing.
-- KEYS[1] last number applied of one exporter's life; KEYS[2..] hashes of rows, each named once.
-- ARGV[1] the batch's number; ARGV[2] seconds to keep it; then for each hash: the Unix second at which it expires; how many increments to
--   report where that has passed; n; n times a field and the measures to add to it (PackedMeasures.cs), each field once.
-- Replies {1: applied, 0: was applied before, -1: a number before it is missing; the last number applied; increments that came too late}.
--
-- An error in the middle of a script does not undo its writes: so everything is read and checked first, and the writes at the end cannot
-- fail, the number's among them. It is written first, because that is the write which Redis refuses when it is out of memory.

local number = tonumber(ARGV[1])
local last = tonumber(redis.call('GET', KEYS[1]) or '0')
if number ~= last + 1 then
  return { number <= last and 0 or -1, last, 0 }
end

-- Numbers are doubles here, exact to 2^53: a value is added in two limbs of 48 bits.
local LIMB = 2 ^ 48
local byte, char, sub, floor = string.byte, string.char, string.sub, math.floor

-- What the head of packed measures says. Rows share few heads, so each is taken apart once.
local shapes = {}
local function shape_of(head)
  local shape = shapes[head]
  if shape then
    return shape
  end
  local count = byte(head, 1)
  local format, wide = { '<' }, {}
  for i = 1, count do
    local pair = byte(head, 1 + count + floor((i + 1) / 2))
    local width = i % 2 == 1 and pair % 16 or floor(pair / 16)
    assert(width >= 1 and width <= 12, 'a row holds no measures in the form this version writes')
    wide[i] = width > 6
    format[i + 1] = wide[i] and 'I6I' .. (width - 6) or 'I' .. width
  end
  shape = { count = count, ids = { byte(head, 2, 1 + count) }, wide = wide, format = table.concat(format) }
  shapes[head] = shape
  return shape
end

local function unpack_measures(packed)
  local head = sub(packed, 1, 1 + floor((byte(packed, 1) * 3 + 1) / 2))
  local shape = shape_of(head)
  local values = { struct.unpack(shape.format, packed, #head + 1) }
  assert(values[#values] == #packed + 1, 'a row holds no measures in the form this version writes')
  local low, high, at = {}, {}, 0
  for i = 1, shape.count do
    at = at + 1
    low[i], high[i] = values[at], 0
    if shape.wide[i] then
      at = at + 1
      high[i] = values[at]
    end
  end
  return shape.ids, low, high
end

local function width_of(value)
  return value < 256 and 1 or value < 65536 and 2 or value < 16777216 and 3 or value < 4294967296 and 4 or value < 1099511627776 and 5
    or value < LIMB and 6 or error('a measure would pass 2^96')
end

local function pack_measures(ids, low, high)
  local count = #ids
  local head, values = { count }, {}
  for i = 1, count do
    local width = width_of(low[i])
    values[#values + 1] = low[i]
    if high[i] > 0 then
      width = 6 + width_of(high[i])
      values[#values + 1] = high[i]
    end
    head[1 + i] = ids[i]
    local pair = 1 + count + floor((i + 1) / 2)
    head[pair] = i % 2 == 1 and width or head[pair] + width * 16
  end
  head = char(unpack(head))
  return head .. struct.pack(shape_of(head).format, unpack(values))
end

-- Both lists are in ascending order of the measures' numbers.
local function add(before, increment)
  local ids, low, high = {}, {}, {}
  local a, a_low, a_high = unpack_measures(before)
  local b, b_low, b_high = unpack_measures(increment)
  local i, j, n = 1, 1, 0
  while a[i] or b[j] do
    n = n + 1
    if not b[j] or (a[i] and a[i] < b[j]) then
      ids[n], low[n], high[n] = a[i], a_low[i], a_high[i]
      i = i + 1
    elseif not a[i] or b[j] < a[i] then
      ids[n], low[n], high[n] = b[j], b_low[j], b_high[j]
      j = j + 1
    else
      ids[n], low[n], high[n] = a[i], a_low[i] + b_low[j], a_high[i] + b_high[j]
      if low[n] >= LIMB then
        low[n], high[n] = low[n] - LIMB, high[n] + 1
      end
      i, j = i + 1, j + 1
    end
  end
  return pack_measures(ids, low, high)
end

local now = tonumber(redis.call('TIME')[1])
local late, at, writes = 0, 3, {}
for k = 2, #KEYS do
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
    local before = redis.call('HMGET', KEYS[k], unpack(fields))
    for i = 1, count do
      local measures = ARGV[at + 2 * i - 1]
      pairs[2 * i - 1] = fields[i]
      pairs[2 * i] = before[i] and add(before[i], measures) or measures
    end
    writes[#writes + 1] = { key = KEYS[k], pairs = pairs, expiry = expiry }
  end
  at = at + 2 * count
end

redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
for _, write in ipairs(writes) do
  redis.call('HSET', write.key, unpack(write.pairs))
  redis.call('EXPIREAT', write.key, write.expiry)
end
return { 1, number, late }
