-- Answers what several callers asked at one time: each decision by itself, all of it or nothing, as if one came after the other. What gives room back comes
-- first. Each counter is read once and written once.
-- KEYS: after the counters the decisions' holds. ARGV[2] how many counters there are; ARGV[3] how many holds are settled; ARGV[4] the decisions
-- (RedisBatch.cs).
-- Replies (RedisAnswer.cs): the clock; holds let go; of each decision its status and where its lines stood then; of each that failed its number and why.
-- Where Redis takes no writes, as for want of memory, those alone fail that would write: who has no room is refused all the same.

local SETTLE, HOLD = 0, 1
local DONE, REFUSED, OTHER_PERIOD, KNOWN, FAILED, UNWRITTEN = 0, 1, 2, 3, 4, 5
local DECISION, ASK, ASK_SIZE, STATE = '<BBHdddH', '<HdH', 12, '<dddddBdd'

-- Of what a decision asks: whether it is over its limit, whether it is charged, which line, how much, and the pico-USD below that.
local OVER, CHARGE, OF, AMOUNT, PICOS = 1, 2, 3, 4, 5
local MOST_LOOKED_AT = 32

local lines, first_hold = lines_of(ARGV[1]), ARGV[2] + 2
local expired = let_go()
-- What stands under the keys of the holds that are settled.
local settled = load(lines, tonumber(ARGV[2]), tonumber(ARGV[3]))

-- The counters that are to be written, and how many.
local changed, changes = {}, 0
local function change(counter, keep)
  if keep > counter[KEEP] then
    counter[KEEP] = keep
  end
  if not counter[CHANGED] then
    changes = changes + 1
    counter[CHANGED], changed[changes] = true, counter
  end
end

-- Whether there is no room for so much beside what is held. Written so that no number on the way passes 2^53 unless there is none.
local function is_over(line, amount, held)
  return amount > 0 and line[LIMIT] and amount > line[LIMIT] - line[COUNTER][USED] - held
end

-- The holds that are not in the sorted set yet: deadline, id, and so on. Written together, or when the set is asked.
local placed, placed_until = {}, 0
local function flush()
  if #placed > 0 then
    call('ZADD', KEYS[1], unpack(placed))
    if call('PTTL', KEYS[1]) < placed_until - now then
      call('PEXPIRE', KEYS[1], placed_until - now + MINUTE)
    end
    placed = {}
  end
end

-- What the holds that pass their deadlines first hold, in that order; read where a line is over, and anew after each change. Fails never: others' settlements
-- may be half written. On a Cluster the set may be gone with its last hold while its slot moves.
local soonest
local function soonest_parts()
  if not soonest then
    soonest = {}
    flush()
    local live = try('ZRANGE', KEYS[1], 0, MOST_LOOKED_AT - 1, 'WITHSCORES')
    for i = 1, #live, 2 do
      for _, part in ipairs(hold_of(try('GET', base .. 'hold:' .. live[i])) or {}) do
        part.at = tonumber(live[i + 1])
        soonest[#soonest + 1] = part
      end
    end
  end
  return soonest
end

-- What stops counting in a line's counter by time alone, and when, in that order; and the sum of what was used. Kept until something changes: many who are
-- refused at one limit ask for the same.
local goings = {}
local function going_of(line)
  local counter = line[COUNTER]
  local going = goings[line[COUNTER_KEY]]
  if going then
    return going
  end
  going = { nano = counter[USED], pico = counter[PICO] }
  if line[KIND] == CALENDAR then
    going[1] = { at = line[ENDS], nano = counter[USED], pico = counter[PICO], held = 0 }
  elseif line[KIND] == SLIDING then
    going.nano, going.pico = 0, 0
    for i = counter[FIRST], #counter[STEPS], STEP_SIZE do
      local step, had, had_pico = read(STEP, counter[STEPS], i)
      going.nano, going.pico = going.nano + had, going.pico + had_pico
      going[#going + 1] = { at = (step + 1) * line[STEP_LENGTH] + line[LENGTH], nano = had, pico = had_pico, held = 0 }
    end
  end
  for _, part in ipairs(soonest_parts()) do
    if part.key == line[COUNTER_KEY] and part.born == counter[BORN] then
      going[#going + 1] = { at = part.at, nano = 0, pico = 0, held = part.amount }
    end
  end
  table.sort(going, function(a, b) return a.at < b.at end)
  goings[line[COUNTER_KEY]] = going
  return going
end

-- When time alone brings room for an amount that is over: what was used goes with its time, what is held with its deadline. False: it does not.
local function free_at(line, amount)
  local counter = line[COUNTER]
  if amount > line[LIMIT] or line[KIND] == SESSION_AGE then
    return false
  end
  local going = going_of(line)
  local nano, pico, held = going.nano, going.pico, counter[HELD]
  local last = now
  for _, part in ipairs(going) do
    nano, pico, held, last = nano - part.nano, pico - part.pico, held - part.held, part.at
    if amount <= line[LIMIT] - nano - floor(pico / 1000) - held then
      return last
    end
  end
  -- More holds than were looked at: when the last of them has passed its deadline.
  local latest = try('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  return latest[2] and amount <= line[LIMIT] - nano - floor(pico / 1000) and max(last, tonumber(latest[2]))
end

local function resets_at(line)
  if line[KIND] == CALENDAR then
    return line[ENDS]
  elseif line[KIND] == SLIDING then
    local steps = line[COUNTER][STEPS]
    return line[COUNTER][FIRST] > #steps and now or (read(STEP, steps, #steps - STEP_SIZE + 1) + 1) * line[STEP_LENGTH] + line[LENGTH]
  end
  return false
end

-- Where a line stands; -1 where there is none: its limit, used, pico, held, warned, whether it is over, when free, when reset.
local function state_of(ask)
  local line, counter = ask[OF], ask[OF][COUNTER]
  return pack(
    STATE, line[LIMIT] or -1, counter[USED], counter[PICO], counter[HELD], counter[WARNED], ask[OVER] and 1 or 0,
    ask[OVER] and free_at(line, ask[AMOUNT]) or -1, resets_at(line) or -1)
end

-- Adds to the step in which the call was admitted. Calls end in about the order they began: so the last steps are looked at first.
local function charge_step(counter, step, nano, pico)
  local steps = counter[STEPS]
  local before, after = #steps, #steps + 1
  while before >= counter[FIRST] do
    local at, had, had_pico = read(STEP, steps, before - STEP_SIZE + 1)
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
  counter[STEPS] = sub(steps, counter[FIRST], before) .. pack(STEP, step, nano, pico) .. sub(steps, after)
  counter[FIRST] = 1
  counter[MOVED] = true
end

-- Releases a hold and charges what was used, once.
local function settle(asked, key, is_admitted, is_retry, started_ago, ended_ago, kept)
  -- Where there seems to be none: an error if it is something else than a string.
  local before = settled[key] or try('GET', key)
  if type(before) == 'table' then
    return FAILED, before.err
  end
  if before == 'S' or (not before and is_admitted and is_retry) then
    return KNOWN
  end
  if before and not is_hold(before) then
    return FAILED, key .. ' is no hold of a budget'
  end
  local admitted = before and read('<d', before, 3) or now - started_ago
  local ended = now - ended_ago
  for i = 1, #asked do
    local ask = asked[i]
    local line = ask[OF]
    if ask[AMOUNT] == 0 and ask[PICOS] == 0 or line[KIND] == SESSION_AGE then
      ask[CHARGE] = false
    elseif line[KIND] == CALENDAR then
      ask[CHARGE] = ended >= line[BEGINS]
    elseif line[KIND] == SLIDING then
      ask[CHARGE] = floor(admitted / line[STEP_LENGTH]) >= floor((now - line[LENGTH]) / line[STEP_LENGTH])
    else
      ask[CHARGE] = true
    end
    local problem = ask[CHARGE] and check_list(line[COUNTER])
    if problem then
      return FAILED, problem
    end
  end

  -- No more than a look where there is no hold: one that passed its deadline has given back already.
  local removed = try('ZREM', KEYS[1], sub(key, #base + 6))
  if type(removed) == 'table' then
    return UNWRITTEN, removed.err
  end
  local is_live = removed == 1
  call('SET', key, 'S', 'PX', text_of(kept))
  settled[key], soonest, goings = 'S', nil, {}
  local at = HOLD_HEAD_SIZE + 1
  while is_live and before and at <= #before do
    local is_read, amount, born, held_key, after = pcall(read, PART, before, at)
    if not is_read then
      break
    end
    at = after
    local counter = counters[held_key]
    if counter == nil then
      counter = other(held_key) or false
      counters[held_key] = counter
    end
    if counter and counter[EXISTS] and counter[BORN] == born then
      counter[HELD] = max(0, counter[HELD] - amount)
      change(counter, 0)
    end
  end
  for i = 1, #asked do
    local ask = asked[i]
    if ask[CHARGE] then
      local line = ask[OF]
      local counter = line[COUNTER]
      if line[KIND] == SLIDING then
        charge_step(counter, floor(admitted / line[STEP_LENGTH]), ask[AMOUNT], ask[PICOS])
      end
      counter[USED], counter[PICO] = plus(counter[USED], counter[PICO], ask[AMOUNT], ask[PICOS])
      change(counter, keep_until(line))
    end
  end
  return DONE
end

-- The answer to a hold whose id was here before; nil: it was not.
local function hold_again(asked, key)
  local before = try('GET', key)
  if not before then
    return nil
  end
  if type(before) == 'table' then
    return FAILED, before.err
  end
  if before == 'S' then
    return KNOWN
  end
  -- As it was answered then: what is in shadow may be over, by what the others hold.
  local own = {}
  for _, part in ipairs(hold_of(before) or {}) do
    own[part.key] = part.amount
  end
  for _, ask in ipairs(asked) do
    local line = ask[OF]
    ask[OVER] = line[SHADOW] and is_over(line, ask[AMOUNT], line[COUNTER][HELD] - (own[line[COUNTER_KEY]] or 0))
  end
  return DONE
end

-- A hold's text, by how many counters it holds in: packed at once.
local hold_formats = {}
local function hold_format(count)
  local format = hold_formats[count] or '<c2d' .. string.rep('dds', count)
  hold_formats[count] = format
  return format
end

-- Holds the amounts of all lines, or of none.
local function hold(asked, key, lifetime, grace)
  local is_refused = false
  for i = 1, #asked do
    local ask = asked[i]
    local line = ask[OF]
    ask[OVER] = is_over(line, ask[AMOUNT], line[COUNTER][HELD])
    is_refused = is_refused or (ask[OVER] and not line[SHADOW])
  end
  if is_refused then
    local status, problem = hold_again(asked, key)
    return status or REFUSED, problem
  end

  local parts, count, amounts = {}, 0, {}
  for i = 1, #asked do
    local ask = asked[i]
    local counter, is_age = ask[OF][COUNTER], ask[OF][KIND] == SESSION_AGE
    local problem = (ask[AMOUNT] > 0 or is_age) and check_list(counter)
    if problem then
      return FAILED, problem
    end
    -- What is unlimited may hold as much as can be counted: exactly what is added is given back.
    amounts[i] = is_age and 0 or ask[AMOUNT] <= MAX - counter[HELD] and ask[AMOUNT] or MAX - counter[HELD]
    if ask[AMOUNT] > 0 and not is_age then
      parts[count + 1], parts[count + 2], parts[count + 3] = amounts[i], counter[BORN], counter[KEY]
      count = count + 3
    end
  end
  local deadline = now + lifetime
  local gone = deadline + grace
  local is_set = try('SET', key, pack(hold_format(count / 3), 'H1', now, unpack(parts)), 'PX', text_of(lifetime + grace), 'NX')
  if not is_set then
    return hold_again(asked, key)
  end
  if is_set.err then
    return UNWRITTEN, is_set.err
  end

  for i = 1, #asked do
    local line = asked[i][OF]
    local counter = line[COUNTER]
    if line[KIND] == SESSION_AGE then
      counter[WHOLE] = counter[WHOLE] or counter[START] == 0
      counter[START] = counter[START] == 0 and now or counter[START]
    end
    if line[KIND] == SESSION_AGE or asked[i][AMOUNT] > 0 then
      counter[HELD] = counter[HELD] + amounts[i]
      change(counter, max(keep_until(line), gone))
    end
  end
  placed[#placed + 1], placed[#placed + 2] = deadline, sub(key, #base + 6)
  placed_until, soonest, goings = max(placed_until, gone), nil, {}
  return DONE
end

-- Says where lines stand. Changes nothing.
local function look(asked)
  for _, ask in ipairs(asked) do
    ask[OVER] = is_over(ask[OF], ask[AMOUNT], ask[OF][COUNTER][HELD])
  end
  return DONE
end

local packed, at, number, answers, told, failures = ARGV[4], 1, -1, {}, 0, {}
while at <= #packed do
  number = number + 1
  local kind, flags, key, first, second, third, count
  kind, flags, key, first, second, third, count, at = read(DECISION, packed, at)
  local asked, in_period, status, problem = {}, true, FAILED, false
  for i = 1, count do
    local ask = { false, false, read(ASK, packed, at) }
    local line = lines[ask[OF] + 1]
    ask[OF], at = line, at + ASK_SIZE
    in_period = in_period and line[IN_PERIOD]
    problem = problem or (not line[COUNTER] and problems[line[COUNTER_KEY]])
    asked[i] = ask
  end
  if not in_period then
    status, problem = OTHER_PERIOD, nil
  elseif not problem and kind == SETTLE then
    status, problem = settle(asked, KEYS[first_hold + key], flags % 2 == 1, flags >= 2, first, second, third)
  elseif not problem and kind == HOLD then
    status, problem = hold(asked, KEYS[first_hold + key], first, second)
  elseif not problem then
    status = look(asked)
  end
  told = told + 1
  answers[told] = string.char(status)
  for i = 1, (status >= FAILED or status == OTHER_PERIOD) and 0 or count do
    told = told + 1
    answers[told] = state_of(asked[i])
  end
  if problem then
    failures[#failures + 1], failures[#failures + 2] = number, problem
  end
end

flush()
for i = 1, changes do
  save(changed[i])
end
return { now, expired, table.concat(answers), unpack(failures) }
