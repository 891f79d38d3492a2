-- What the scripts of the budgets share; it stands in front of each of them. Nothing here writes but save, list and let_go.
-- KEYS[1] sorted set: the ids of live holds by deadline; KEYS[2] hash of overrides: LIMIT or LIMIT|SUBJECT to 'UNTIL AMOUNT', '-' for unlimited.
-- All times are milliseconds since 1970 by this server's clock.
--
-- A counter is a string: 'B1', eight doubles (born, start, used, pico, held, warned, listed, expiry), then for a sliding window each step that something
-- was used in, in order: its number, nano and pico (two doubles and two bytes).
--   born: tells it from another of the same name, made after it was deleted. start: of a calendar's the period; of a session's age its first hold; of a
--   sliding one until when its warning holds. listed: when its subject was listed. expiry: when Redis forgets it.
-- A hold is a string: 'H1' or 'H2', when it was admitted, then of each counter that it holds in: how much, born, and the counter's key. 'S': it is settled.
--
-- Tables are made with all their fields at once: one that grows field by field costs a script more than all else it does.
--
-- Amounts are doubles, exact to 2^53, and stay there. An error in the middle of a script does not undo its writes: so everything is read and checked
-- first, and the writes at the end cannot fail; the first one is where Redis refuses a script for want of memory, a disk or its rank.

local MAX = 9007199254740992
local MINUTE, HOUR, DAY = 60000, 3600000, 86400000
local CALENDAR, SLIDING, SESSION, SESSION_AGE = 0, 1, 2, 3
local DONE, REFUSED, OTHER_PERIOD, KNOWN = 0, 1, 2, 3
local LINE, LINE_SIZE, PART, STATE = '<BBdddddd', 50, '<dds', '<dddddBdd'
local HEAD, HEAD_SIZE, STEP, STEP_SIZE, HELD_AT = '<c2dddddddd', 66, '<ddH', 18, 34
local MOST_AT_ONCE, MOST_LOOKED_AT = 1000, 32

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local base = string.sub(KEYS[1], 1, -6)

-- steps is a text in which the steps begin at the character first: so that what is only looked at is not cut out and copied.
local function parse(key, text)
  local kind, born, start, used, pico, held, warned, listed, expiry
  if #text >= HEAD_SIZE then
    kind, born, start, used, pico, held, warned, listed, expiry = struct.unpack(HEAD, text)
  end
  if kind ~= 'B1' or (#text - HEAD_SIZE) % STEP_SIZE ~= 0 then
    error(key .. ' is no counter of a budget', 0)
  end
  return {
    key = key, exists = true, is_moved = false, born = born, start = start, used = used, pico = pico, held = held, warned = warned, listed = listed,
    expiry = expiry, steps = text, first = HEAD_SIZE + 1,
  }
end

local function plus(nano, pico, more, more_pico)
  pico = pico + more_pico
  if pico >= 1000 then
    nano, pico = nano + 1, pico - 1000
  end
  nano = nano + more
  if nano >= MAX then
    return MAX, 0
  end
  return nano, pico
end

-- Lets go of the steps of which all has passed. The first one alone is looked at, unless it has.
local function slide(counter, line)
  local steps, at = counter.steps, counter.first
  if at > #steps then
    return
  end
  local first, last = math.floor((now - line.length) / line.step), math.floor((now + line.length + HOUR) / line.step)
  local nano, pico = counter.used, counter.pico
  while at < #steps do
    local step, had, had_pico = struct.unpack(STEP, steps, at)
    if step >= first and step <= last then -- One from long after now is of a clock that was wrong.
      break
    end
    nano, pico, at = nano - had, pico - had_pico, at + STEP_SIZE
    if pico < 0 then
      nano, pico = nano - 1, pico + 1000
    end
  end
  if at == counter.first then
    return
  end
  if counter.used >= MAX then
    -- The sum stood still there: what is left is added up anew.
    nano, pico = 0, 0
    for i = at, #steps, STEP_SIZE do
      local _, had, had_pico = struct.unpack(STEP, steps, i)
      nano, pico = plus(nano, pico, had, had_pico)
    end
  end
  counter.used, counter.pico, counter.first, counter.is_moved = nano, pico, at, true
end

-- Brings a counter to this moment: what has stopped counting goes.
local function roll(counter, line)
  if line.kind == CALENDAR then
    -- A clock that goes back over midnight, as of a replica that takes over, does not begin the old day anew.
    if counter.start ~= line.start and not (counter.start >= line.stop and counter.start - now < HOUR) then
      counter.start, counter.used, counter.pico, counter.warned, counter.listed = line.start, 0, 0, 0, 0
    end
  elseif line.kind == SLIDING then
    slide(counter, line)
    if counter.start <= now then
      counter.warned = 0
    end
  elseif line.kind == SESSION_AGE then
    counter.used = counter.start == 0 and 0 or math.max(0, math.floor((now - counter.start) / 1000))
  end
end

-- The lines that the caller sent (RedisLines.cs), each with its counter, as keys from KEYS[first] on say. The second answer is whether the clock is in every
-- calendar period told.
local function lines_of(packed, first)
  local lines, at, in_period = {}, 1, true
  for i = 1, #packed / LINE_SIZE do
    local kind, shadow, start, stop, length, limit, amount, pico
    kind, shadow, start, stop, length, limit, amount, pico, at = struct.unpack(LINE, packed, at)
    in_period = in_period and (kind ~= CALENDAR or (now >= start and now < stop))
    lines[i] = {
      kind = kind, shadow = shadow, start = start, stop = stop, length = length, limit = limit >= 0 and limit or nil, amount = amount, pico = pico,
      step = length > 0 and math.ceil(length / 60) or 0, key = KEYS[first + i - 1], counter = false, over = false, is_charged = false, is_listed_now = false,
    }
  end
  return lines, in_period
end

-- A counter's key is its series, whose first part is the limit, and its subject, in which there is no separator.
local function series_and_subject(key)
  return string.match(string.sub(key, #base + 3), '^(.*)|([^|]*)$')
end

local function override(lines)
  local names = {}
  for i, line in ipairs(lines) do
    local series, subject = series_and_subject(line.key)
    local limit = string.match(series, '^[^|]*')
    names[2 * i - 1], names[2 * i] = limit, limit .. '|' .. subject
  end
  for i, text in ipairs(redis.call('HMGET', KEYS[2], unpack(names))) do
    local till, amount = string.match(text or '', '^(%d+) (.+)$')
    if till and tonumber(till) > now then
      lines[math.ceil(i / 2)].limit = tonumber(amount)
    end
  end
end

-- Set by let_go where no hold is live: what a counter still holds then is of holds whose texts were lost, as by eviction, and nobody else gives it back.
local is_nothing_held = false

local function read_counter(line, text)
  -- Where it seems to be none: fails if it is something else than a string.
  text = text or redis.call('GET', line.key)
  local counter = text and parse(line.key, text) or {
    key = line.key, exists = false, is_moved = false, born = time[1] * 1000000 + time[2], start = line.kind == CALENDAR and line.start or 0, used = 0,
    pico = 0, held = 0, warned = 0, listed = 0, expiry = 0, steps = '', first = 1,
  }
  roll(counter, line)
  counter.held = is_nothing_held and 0 or counter.held
  return counter
end

-- Reads what the lines count in, whose keys are from KEYS[first] on, and their overrides: the subject's goes first.
local function load(lines, first)
  if #lines == 0 then
    return
  end
  local found = {}
  for i, text in ipairs(redis.call('MGET', unpack(KEYS, first, first + #lines - 1))) do
    local line = lines[i]
    line.counter = found[line.key] or read_counter(line, text)
    found[line.key] = line.counter
  end
  if redis.call('EXISTS', KEYS[2]) == 1 then -- Mostly there are none.
    override(lines)
  end
end

-- Whether there is no room for a line's amount. Written so that no number on the way passes 2^53 unless there is none.
local function is_over(line)
  return line.amount > 0 and line.limit ~= nil and line.amount > line.limit - line.counter.used - line.counter.held
end

-- What a hold's text says: when it was admitted, and what it holds; nil: it is none.
local function hold_of(text)
  local version = type(text) == 'string' and #text >= 10 and string.sub(text, 1, 2)
  if version ~= 'H1' and version ~= 'H2' then
    return nil
  end
  local admitted, at = struct.unpack('<d', text, 3)
  local hold = { admitted = admitted, is_said = version == 'H2' }
  while at <= #text do
    local amount, born, key
    amount, born, key, at = struct.unpack(PART, text, at)
    hold[#hold + 1] = { amount = amount, born = born, key = key }
  end
  return hold
end

-- Version 2: that it passed its deadline has been said.
local function hold_text(version, admitted, parts)
  local text = { version .. struct.pack('<d', admitted) }
  for i, part in ipairs(parts) do
    text[i + 1] = struct.pack(PART, part.amount, part.born, part.key)
  end
  return table.concat(text)
end

-- What the holds that pass their deadlines first hold, in that order; read once, where a line is over.
local soonest
local function soonest_parts()
  if not soonest then
    soonest = {}
    local live = redis.call('ZRANGE', KEYS[1], 0, MOST_LOOKED_AT - 1, 'WITHSCORES')
    for i = 1, #live, 2 do
      for _, part in ipairs(hold_of(redis.pcall('GET', base .. 'hold:' .. live[i])) or {}) do
        part.at = tonumber(live[i + 1])
        soonest[#soonest + 1] = part
      end
    end
  end
  return soonest
end

-- When time alone brings room for a line that is over: what was used goes with its time, what is held with its deadline. False: it does not.
local function free_at(line)
  local counter = line.counter
  if line.amount > line.limit or line.kind == SESSION_AGE then
    return false
  end
  local nano, pico, held, going = counter.used, counter.pico, counter.held, {}
  if line.kind == CALENDAR then
    going[1] = { at = line.stop, nano = nano, pico = pico, held = 0 }
  elseif line.kind == SLIDING then
    nano, pico = 0, 0
    for i = counter.first, #counter.steps, STEP_SIZE do
      local step, had, had_pico = struct.unpack(STEP, counter.steps, i)
      nano, pico = nano + had, pico + had_pico
      going[#going + 1] = { at = (step + 1) * line.step + line.length, nano = had, pico = had_pico, held = 0 }
    end
  end
  for _, part in ipairs(soonest_parts()) do
    if part.key == line.key and part.born == counter.born then
      going[#going + 1] = { at = part.at, nano = 0, pico = 0, held = part.amount }
    end
  end
  table.sort(going, function(a, b) return a.at < b.at end)
  local last = now
  for _, part in ipairs(going) do
    nano, pico, held, last = nano - part.nano, pico - part.pico, held - part.held, part.at
    if line.amount <= line.limit - nano - math.floor(pico / 1000) - held then
      return last
    end
  end
  -- More holds than were looked at: when the last of them has passed its deadline.
  local latest = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  return latest[2] and line.amount <= line.limit - nano - math.floor(pico / 1000) and math.max(last, tonumber(latest[2]))
end

local function resets_at(line)
  if line.kind == CALENDAR then
    return line.stop
  elseif line.kind == SLIDING then
    local steps = line.counter.steps
    return line.counter.first > #steps and now or (struct.unpack(STEP, steps, #steps - STEP_SIZE + 1) + 1) * line.step + line.length
  end
  return false
end

-- The reply (RedisAnswer.cs): status, clock, holds let go, and one text for all lines: of each its limit, used, pico, held, warned, whether it is over,
-- when free, when reset; -1 where there is none.
local function answer(status, expired, lines)
  local states = {}
  for i, line in ipairs(lines) do
    local counter = line.counter
    states[i] = struct.pack(
      STATE, line.limit or -1, counter.used, counter.pico, counter.held, counter.warned, line.over and 1 or 0, line.over and free_at(line) or -1,
      resets_at(line) or -1)
  end
  return { status, now, expired, table.concat(states) }
end

-- The sorted set of the subjects of a line's series.
local function list_of(line)
  return base .. 'subjects:' .. (series_and_subject(line.key))
end

-- Whether the subject's name is to be listed with its counter: when that is new, begins a period, or once a day.
local function check_list(line)
  line.is_listed_now = now - line.counter.listed >= DAY
  if line.is_listed_now then
    redis.call('ZCARD', list_of(line)) -- Fails here, and not between two writes, where it is no sorted set.
  end
end

-- How long a counter is kept for what it counts. What it holds may ask for more.
local function keep_until(line)
  if line.kind == CALENDAR then
    return line.stop + DAY
  elseif line.kind == SLIDING then
    return now + line.length + line.step
  end
  return now + 2 * DAY
end

-- Listed until a day after it is forgotten, since it is not listed again for a day.
local function list(line)
  local last, key, _, subject = line.counter.expiry + DAY, list_of(line), series_and_subject(line.key)
  redis.call('ZADD', key, last, subject)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', now)
  if redis.call('PTTL', key) < last - now then
    redis.call('PEXPIRE', key, last - now)
  end
end

local function save(line, keep)
  local counter = line.counter
  keep = math.ceil(keep / MINUTE) * MINUTE -- So that it changes once a minute and not with every call.
  local is_whole = not counter.exists or counter.is_moved or keep > counter.expiry
  counter.expiry = math.max(counter.expiry, keep)
  counter.listed = line.is_listed_now and now or counter.listed
  local head = struct.pack(
    HEAD, 'B1', counter.born, counter.start, counter.used, counter.pico, counter.held, counter.warned, counter.listed, counter.expiry)
  if is_whole then
    redis.call('SET', counter.key, head .. string.sub(counter.steps, counter.first), 'PX', counter.expiry - now)
  else
    redis.call('SETRANGE', counter.key, '0', head)
  end
  if line.is_listed_now then
    list(line)
  end
end

-- A counter that the caller did not name; nil where there is none, or somebody's own key.
local function other(key)
  local text = redis.pcall('GET', key)
  local is_counter, counter = pcall(parse, key, type(text) == 'string' and text or '')
  return is_counter and counter or nil
end

local function write_held(counter)
  redis.call('SETRANGE', counter.key, HELD_AT, struct.pack('<d', counter.held))
end

-- Gives back what a hold holds in a counter.
local function give_back(counter, part)
  if counter.born == part.born then
    counter.held = math.max(0, counter.held - part.amount)
  end
end

-- Lets go of holds that passed their deadline: their amounts are given back, their texts stay for those who settle late. Returns how many.
-- A hold or counter that is not found was deleted, or is on its way to another node of a Cluster: what it is owed is kept for ten minutes.
local function let_go()
  local first = redis.call('ZRANGE', KEYS[1], '0', '0', 'WITHSCORES')
  is_nothing_held = not first[1]
  if is_nothing_held or tonumber(first[2]) > now then
    return 0
  end
  local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'WITHSCORES', 'LIMIT', 0, MOST_AT_ONCE)
  local ids, texts, counters, expired = {}, {}, {}, 0
  for i = 1, #due, 2 do
    local key, owed = base .. 'hold:' .. due[i], {}
    local hold = hold_of(redis.pcall('GET', key))
    for _, part in ipairs(hold or {}) do
      if counters[part.key] == nil then
        counters[part.key] = other(part.key) or false
      end
      if counters[part.key] then
        give_back(counters[part.key], part)
      else
        owed[#owed + 1] = part
      end
    end
    local is_done = now - due[i + 1] > 10 * MINUTE or (hold and #owed == 0)
    if is_done then
      ids[#ids + 1] = due[i]
    end
    if hold and not hold.is_said then
      expired = expired + 1
    end
    if hold and not is_done and (#owed < #hold or not hold.is_said) then
      texts[key] = hold_text('H2', hold.admitted, owed)
    end
  end
  if #ids > 0 then
    redis.call('ZREM', KEYS[1], unpack(ids))
  elseif next(texts) == nil then
    return 0
  end
  for key, text in pairs(texts) do
    redis.call('SET', key, text, 'PX', math.max(1, redis.call('PTTL', key)))
  end
  for _, counter in pairs(counters) do
    if counter then
      write_held(counter)
    end
  end
  return expired
end

