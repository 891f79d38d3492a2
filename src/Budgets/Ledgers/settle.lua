-- Releases a hold and charges what was used, once.
-- KEYS[3] the hold; then each line's counter.
-- ARGV[1] the hold's id; ARGV[2] whether it was admitted (1), or nobody knows (0); ARGV[3] whether it was sent before (1); ARGV[4] how long ago the call
-- began; ARGV[5] how long ago it ended; ARGV[6] for how long the id is remembered; ARGV[7] the lines.
-- Replies as answer says.

local lines, in_period = lines_of(ARGV[7], 4)
if not in_period then
  return { OTHER_PERIOD, now, 0 }
end

local expired = let_go()
local before = redis.call('GET', KEYS[3])
load(lines, 4)
if before == 'S' or (not before and ARGV[2] == '1' and ARGV[3] == '1') then
  return answer(KNOWN, expired, lines)
end
local hold = before and (hold_of(before) or error(KEYS[3] .. ' is no hold of a budget', 0)) or { admitted = now - ARGV[4] }
local ended, parts = now - ARGV[5], {}
for _, part in ipairs(hold) do
  parts[part.key] = part
end

-- Adds to the step in which the call was admitted, unless that has passed. Calls end in about the order they began: so the last steps are looked at first.
local function charge_step(line)
  local counter, step = line.counter, math.floor(hold.admitted / line.step)
  if step < math.floor((now - line.length) / line.step) then
    return false
  end
  local steps, nano, pico = counter.steps, line.amount, line.pico
  local before, after = #steps, #steps + 1
  while before >= counter.first do
    local at, had, had_pico = struct.unpack(STEP, steps, before - STEP_SIZE + 1)
    if at < step then
      break
    end
    before = before - STEP_SIZE
    if at == step then
      nano, pico = plus(had, had_pico, nano, pico)
      break
    end
    after = before + 1
  end
  counter.steps = string.sub(steps, counter.first, before) .. struct.pack(STEP, step, nano, pico) .. string.sub(steps, after)
  counter.first = 1
  counter.is_moved = true
  return true
end

for _, line in ipairs(lines) do
  local counter = line.counter
  local is_charged = line.amount > 0 or line.pico > 0
  if line.kind == SESSION_AGE then
    is_charged = false
  elseif line.kind == CALENDAR then
    is_charged = is_charged and ended >= line.start
  elseif line.kind == SLIDING then
    is_charged = is_charged and charge_step(line)
  end
  if is_charged then
    line.is_charged = true
    check_list(line)
    counter.used, counter.pico = plus(counter.used, counter.pico, line.amount, line.pico)
  end
end

-- The first write, and no more than a look where there is no hold: one that passed its deadline has given back already.
local is_live = redis.call('ZREM', KEYS[1], ARGV[1]) == 1
redis.call('SET', KEYS[3], 'S', 'PX', ARGV[6])
for _, line in ipairs(lines) do
  local part = is_live and parts[line.key]
  if part then
    give_back(line.counter, part)
    parts[line.key] = nil
  end
  if line.is_charged then
    save(line, keep_until(line))
  elseif part and line.counter.exists then
    write_held(line.counter)
  end
end
for key, part in pairs(is_live and parts or {}) do
  local counter = other(key)
  if counter then
    give_back(counter, part)
    write_held(counter)
  end
end
return answer(DONE, expired, lines)
