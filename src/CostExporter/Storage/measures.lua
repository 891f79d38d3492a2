-- Adds packed rows (PackedMeasures.cs): add(before, increment) gives the packed sum. What stands in front of every script that adds; no KEYS, no ARGV.

-- Numbers are doubles here, exact to 2^53: what is wider than 6 bytes is added in two limbs of 48 bits.
local LIMB = 2 ^ 48
local FORMAT = { [1] = 'I1', [3] = 'I3', [6] = 'I6', [12] = 'I6I6' }
local WIDER = { [1] = 3, [3] = 6, [6] = 12 }
local BAD = 'a row holds no measures in the form this version writes'
local byte, char, sub, floor = string.byte, string.char, string.sub, math.floor

-- Which measures a row has and how wide each is: few rows differ in that, so it is worked out once and kept by its packed form.
local shapes = {}
local function make_shape(ids, widths)
  local count = #ids
  local head, format, limits, narrow, costs = { count }, { '<' }, {}, true, {}
  for i = 1, count do
    local pair = 1 + count + floor((i + 1) / 2)
    head[1 + i] = ids[i]
    head[pair] = i % 2 == 1 and widths[i] or head[pair] + widths[i] * 16
    format[1 + i] = FORMAT[widths[i]]
    limits[i] = 256 ^ widths[i]
    narrow = narrow and widths[i] <= 6
    if ids[i] >= 64 and ids[i] < 96 then
      costs[#costs + 1] = i
    end
  end
  head = char(unpack(head))
  shapes[head] = shapes[head] or {
    head = head, ids = ids, widths = widths, count = count, costs = costs, format = table.concat(format), limits = limits, narrow = narrow, wider = {}, plans = {},
  }
  return shapes[head]
end

local function read_shape(head)
  local ids, widths, count = {}, {}, byte(head, 1)
  for i = 1, count do
    local pair = byte(head, 1 + count + floor((i + 1) / 2))
    ids[i], widths[i] = byte(head, 1 + i), i % 2 == 1 and pair % 16 or floor(pair / 16)
    assert(FORMAT[widths[i]] and (i == 1 or ids[i] > ids[i - 1]), BAD)
  end
  return make_shape(ids, widths)
end

local function widen(shape, i)
  local widths = { unpack(shape.widths) }
  widths[i] = WIDER[widths[i]]
  shape.wider[i] = make_shape(shape.ids, widths)
  return shape.wider[i]
end

-- How to add rows of two shapes: where each measure of the sum stands in either (0: nowhere), and the least shape of the sum.
local function make_plan(shape, other)
  local plan, ids, widths, i, j, n = { from = {}, from_other = {} }, {}, {}, 1, 1, 0
  local a, b = shape.ids, other.ids
  while a[i] or b[j] do
    n = n + 1
    local here, there = a[i] and (not b[j] or a[i] <= b[j]), b[j] and (not a[i] or b[j] <= a[i])
    ids[n], plan.from[n], plan.from_other[n] = here and a[i] or b[j], here and i or 0, there and j or 0
    widths[n] = math.max(here and shape.widths[i] or 1, there and other.widths[j] or 1)
    i, j = here and i + 1 or i, there and j + 1 or j
  end
  plan.shape, plan.narrow = make_shape(ids, widths), shape.narrow and other.narrow
  shape.plans[other] = plan
  return plan
end

local function take_apart(packed)
  local head = sub(packed, 1, 1 + floor((byte(packed, 1) * 3 + 1) / 2))
  local shape = shapes[head] or read_shape(head)
  local values = { struct.unpack(shape.format, packed, #head + 1) }
  assert(values[#values] == #packed + 1, BAD)
  return shape, values
end

local function to_limbs(shape, values)
  local low, high, at = { [0] = 0 }, { [0] = 0 }, 0
  for i = 1, shape.count do
    at = at + 1
    low[i], high[i] = values[at], 0
    if shape.widths[i] == 12 then
      at = at + 1
      high[i] = values[at]
    end
  end
  return low, high
end

-- Any widths. Rare: a sum of 281 dollars in one bucket is the first that needs two limbs.
local function add_limbs(plan, shape, values, other, increments)
  local low, high = to_limbs(shape, values)
  local other_low, other_high = to_limbs(other, increments)
  local sums, sum_shape = {}, plan.shape
  for n = 1, sum_shape.count do
    local i, j = plan.from[n], plan.from_other[n]
    local l, h = low[i] + other_low[j], high[i] + other_high[j]
    if l >= LIMB then
      l, h = l - LIMB, h + 1
    end
    assert(h < LIMB, 'a measure would pass 2^96')
    while h > 0 and sum_shape.widths[n] < 12 or l >= sum_shape.limits[n] do
      sum_shape = sum_shape.wider[n] or widen(sum_shape, n)
    end
    sums[#sums + 1] = l
    if sum_shape.widths[n] == 12 then
      sums[#sums + 1] = h
    end
  end
  return sum_shape.head .. struct.pack(sum_shape.format, unpack(sums))
end

-- What a row cost in all, below 0 so that the highest stands first and those of the same cost stand by name: only to order by, since it is a
-- double. It is exact below 2^53 pico-USD, and above never smaller than that.
local function rank(packed)
  local shape, values = take_apart(packed)
  local low, high = values, nil
  if not shape.narrow then
    low, high = to_limbs(shape, values)
  end
  local cost = 0
  for _, i in ipairs(shape.costs) do
    cost = cost + low[i] + (high and high[i] * LIMB or 0)
  end
  return string.format('%.17g', 0 - cost)
end

-- Filled anew by each sum: making a table costs more than the sum.
local sums = {}
local function add(before, increment)
  local shape, values = take_apart(before)
  local other, increments = take_apart(increment)
  local plan = shape.plans[other] or make_plan(shape, other)
  local from, from_other, sum_shape = plan.from, plan.from_other, plan.shape
  for n = 1, plan.narrow and sum_shape.count or 0 do
    local i, j = from[n], from_other[n]
    local sum = (i > 0 and values[i] or 0) + (j > 0 and increments[j] or 0)
    while sum >= sum_shape.limits[n] do
      sum_shape = sum_shape.wider[n] or widen(sum_shape, n)
    end
    sums[n] = sum
  end
  if not sum_shape.narrow then
    return add_limbs(plan, shape, values, other, increments)
  end
  return sum_shape.head .. struct.pack(sum_shape.format, unpack(sums, 1, sum_shape.count))
end

