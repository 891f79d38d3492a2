-- What the scripts of the budgets share; it stands in front of each of them. Nothing here writes but save, list and let_go.
-- KEYS[1] sorted set: the ids of live holds by deadline; KEYS[2] hash of overrides: LIMIT or LIMIT|SUBJECT to 'UNTIL AMOUNT', '-' for unlimited; KEYS[3..]
-- the counters of the lines. ARGV[1] the lines.
-- All times are milliseconds since 1970 by this server's clock.
--
-- A counter is a string: 'B1', eight doubles (born, start, used, pico, held, warned, listed, expiry), then for a sliding window each step that something
-- was used in, in order: its number, nano and pico (two doubles and two bytes).
--   born: tells it from another of the same name, made after it was deleted. start: of a calendar's the period; of a session's age its first hold; of a
--   sliding one until when its warning holds. listed: when its subject was listed. expiry: when Redis forgets it.
-- A hold is a string: 'H1' or 'H2', when it was admitted, then of each counter that it holds in: how much, born, and the counter's key. 'S': it is settled.
--
-- Amounts are doubles, exact to 2^53, and stay there. An error in the middle of a script does not undo its writes: so everything is read and checked
-- first, and the writes at the end cannot fail; the first one is where Redis refuses a script for want of memory, a disk or its rank.

local MAX = 9007199254740992
local MINUTE, HOUR, DAY = 60000, 3600000, 86400000
local CALENDAR, SLIDING, SESSION, SESSION_AGE = 0, 1, 2, 3
local LINE, LINE_SIZE, PART = '<BBHdddd', 36, '<dds'
local HEAD, HEAD_SIZE, STEP, STEP_SIZE, USED_AT, HELD_AT = '<c2dddddddd', 66, '<ddH', 18, '18', '34'
local MOST_AT_ONCE = 1000

-- Counters and lines are arrays that are made whole in one step: tables with names, and those that grow, cost a script more than all else it does.
-- Of a counter, what is stored: the kind of text, then the eight numbers. What else is known of it: its key; whether it was there; whether a step was
-- charged; whether more changed than what is written otherwise; whether its subject is to be listed; whether it is to be written, and for how long it is
-- wanted then (0: no longer than it is kept); and a text in which its steps begin at the character first, so that what is only looked at is not copied.
local KEY, EXISTS, MOVED, WHOLE, LISTED_NOW, CHANGED, KEEP, STEPS, FIRST = 1, 2, 3, 4, 5, 6, 7, 8, 9
local BORN, START, USED, PICO, HELD, WARNED, LISTED, EXPIRY = 11, 12, 13, 14, 15, 16, 17, 18

-- Of a line, what was sent: how its time runs, whether it is in shadow, which counter, when its period begins and ends, how long its window is, its limit
-- (false: none). And the counter with its key, how long a step is, and whether the clock is in the period told.
local COUNTER, COUNTER_KEY, STEP_LENGTH, IN_PERIOD, KIND, SHADOW, NUMBER, BEGINS, ENDS, LENGTH, LIMIT = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11

-- A name of one's own is found faster than a global's.
local call, try, read, pack, floor, sub, max = redis.call, redis.pcall, struct.unpack, struct.pack, math.floor, string.sub, math.max

local time = redis.call('TIME')
local now = time[1] * 1000 + floor(time[2] / 1000)
local base = sub(KEYS[1], 1, -6)

-- The second answer, where there is no first: why it is no counter.
local function parse(key, text)
  if #text < HEAD_SIZE or sub(text, 1, 2) ~= 'B1' or (#text - HEAD_SIZE) % STEP_SIZE ~= 0 then
    return nil, key .. ' is no counter of a budget'
  end
  return { key, true, false, false, false, false, 0, text, HEAD_SIZE + 1, read(HEAD, text) }
end

-- Numbers as texts: Redis would write each anew, and slowly.
local texts = {}
local function text_of(number)
  local text = texts[number] or string.format('%.0f', number)
  texts[number] = text
  return text
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
  local steps, at = counter[STEPS], counter[FIRST]
  if at > #steps then
    return
  end
  local first, last = floor((now - line[LENGTH]) / line[STEP_LENGTH]), floor((now + line[LENGTH] + HOUR) / line[STEP_LENGTH])
  local nano, pico = counter[USED], counter[PICO]
  while at < #steps do
    local step, had, had_pico = read(STEP, steps, at)
    if step >= first and step <= last then -- One from long after now is of a clock that was wrong.
      break
    end
    nano, pico, at = nano - had, pico - had_pico, at + STEP_SIZE
    if pico < 0 then
      nano, pico = nano - 1, pico + 1000
    end
  end
  if at == counter[FIRST] then
    return
  end
  if counter[USED] >= MAX then
    -- The sum stood still there: what is left is added up anew.
    nano, pico = 0, 0
    for i = at, #steps, STEP_SIZE do
      local _, had, had_pico = read(STEP, steps, i)
      nano, pico = plus(nano, pico, had, had_pico)
    end
  end
  counter[USED], counter[PICO], counter[FIRST], counter[WHOLE] = nano, pico, at, true
end

-- Brings a counter to this moment: what has stopped counting goes.
local function roll(counter, line)
  if line[KIND] == CALENDAR then
    -- A clock that goes back over midnight, as of a replica that takes over, does not begin the old day anew.
    if counter[START] ~= line[BEGINS] and not (counter[START] >= line[ENDS] and counter[START] - now < HOUR) then
      counter[START], counter[USED], counter[PICO], counter[WARNED], counter[LISTED], counter[WHOLE] = line[BEGINS], 0, 0, 0, 0, true
    end
  elseif line[KIND] == SLIDING then
    slide(counter, line)
    if counter[START] <= now then
      counter[WARNED] = 0
    end
  elseif line[KIND] == SESSION_AGE then
    counter[USED] = counter[START] == 0 and 0 or max(0, floor((now - counter[START]) / 1000))
  end
end

-- The lines (RedisLines.cs): limits as their callers know them. Several may be of one counter.
local function lines_of(packed)
  local lines, keys = {}, KEYS
  for i = 1, #packed / LINE_SIZE do
    local line = { false, false, 0, true, read(LINE, packed, (i - 1) * LINE_SIZE + 1) }
    line[COUNTER_KEY] = keys[line[NUMBER] + 3]
    line[SHADOW] = line[SHADOW] == 1
    line[LIMIT] = line[LIMIT] >= 0 and line[LIMIT]
    if line[KIND] == SLIDING then
      line[STEP_LENGTH] = math.ceil(line[LENGTH] / 60)
    elseif line[KIND] == CALENDAR then
      line[IN_PERIOD] = now >= line[BEGINS] and now < line[ENDS]
    end
    lines[i] = line
  end
  return lines
end

-- A counter's key is its series, whose first part is the limit, and its subject, in which there is no separator.
local function series_and_subject(key)
  return string.match(sub(key, #base + 3), '^(.*)|([^|]*)$')
end

local function override(lines)
  local names = {}
  for i, line in ipairs(lines) do
    local series, subject = series_and_subject(line[COUNTER_KEY])
    local limit = string.match(series, '^[^|]*')
    names[2 * i - 1], names[2 * i] = limit, limit .. '|' .. subject
  end
  for i, text in ipairs(call('HMGET', KEYS[2], unpack(names))) do
    local till, amount = string.match(text or '', '^(%d+) (.+)$')
    if till and tonumber(till) > now then
      lines[math.ceil(i / 2)][LIMIT] = tonumber(amount) or false
    end
  end
end

-- Set by let_go where no hold is live: what a counter still holds then is of holds whose texts were lost, as by eviction, and nobody else gives it back.
local is_nothing_held = false

-- The counters that were read, by key; and why there is none. Somebody else's key is a problem of those alone who ask for it.
local counters, problems = {}, {}
local function read_counter(key, text)
  -- Where it seems to be none: an error if it is something else than a string.
  text = text or try('GET', key)
  local counter, problem
  if type(text) == 'table' then
    problem = text.err
  elseif text then
    counter, problem = parse(key, text)
  else
    counter = { key, false, false, false, false, false, 0, '', 1, 'B1', time[1] * 1000000 + time[2], 0, 0, 0, 0, 0, 0, 0 }
  end
  if counter and is_nothing_held then
    counter[HELD] = 0
  end
  counters[key], problems[key] = counter or false, problem
end

-- Reads what the lines count in, of which there are so many, and their overrides: the subject's goes first. And so many texts that come after: answers
-- them by key.
local function load(lines, count, more)
  local texts = {}
  if count + more == 0 then
    return texts
  end
  local found = call('MGET', unpack(KEYS, 3, 2 + count + more))
  for i = 1, count do
    read_counter(KEYS[i + 2], found[i])
  end
  for i = count + 1, #found do
    texts[KEYS[i + 2]] = found[i]
  end
  for i = 1, #lines do
    local line = lines[i]
    line[COUNTER] = counters[line[COUNTER_KEY]]
    if line[IN_PERIOD] and line[COUNTER] then
      roll(line[COUNTER], line)
    end
  end
  if #lines > 0 and call('EXISTS', KEYS[2]) == 1 then -- Mostly there are none.
    override(lines)
  end
  return texts
end

local HOLD_HEAD_SIZE = 10
local function is_hold(text)
  local version = type(text) == 'string' and #text >= HOLD_HEAD_SIZE and sub(text, 1, 2)
  return version == 'H1' or version == 'H2'
end

local function parts_of(text)
  local admitted, at = read('<d', text, 3)
  local hold = { admitted = admitted, is_said = sub(text, 1, 2) == 'H2' }
  while at <= #text do
    local amount, born, key
    amount, born, key, at = read(PART, text, at)
    hold[#hold + 1] = { amount = amount, born = born, key = key }
  end
  return hold
end

-- What a hold's text says: when it was admitted, and what it holds; nil: it is none.
local function hold_of(text)
  local is_read, hold = pcall(parts_of, text)
  return is_read and is_hold(text) and hold or nil
end

-- The sorted set of the subjects of a counter's series.
local function list_of(counter)
  return base .. 'subjects:' .. (series_and_subject(counter[KEY]))
end

-- Whether the subject's name is to be listed with its counter: when that is new, begins a period, or once a day. Answers why it cannot be.
local function check_list(counter)
  if not counter[LISTED_NOW] and now - counter[LISTED] >= DAY then
    local count = try('ZCARD', list_of(counter)) -- Fails here, and not between two writes, where it is no sorted set.
    if type(count) == 'table' then
      return count.err
    end
    counter[LISTED_NOW] = true
  end
end

-- How long a counter is kept for what it counts. What it holds may ask for more.
local function keep_until(line)
  if line[KIND] == CALENDAR then
    return line[ENDS] + DAY
  elseif line[KIND] == SLIDING then
    return now + line[LENGTH] + line[STEP_LENGTH]
  end
  return now + 2 * DAY
end

-- Listed until a day after it is forgotten, since it is not listed again for a day.
local function list(counter)
  local last, key, _, subject = counter[EXPIRY] + DAY, list_of(counter), series_and_subject(counter[KEY])
  call('ZADD', key, last, subject)
  call('ZREMRANGEBYSCORE', key, '-inf', now)
  if call('PTTL', key) < last - now then
    call('PEXPIRE', key, last - now)
  end
end

local function write_held(counter)
  call('SETRANGE', counter[KEY], HELD_AT, pack('<d', counter[HELD]))
end

-- Writes a counter, once for all who changed it.
local function save(counter)
  if counter[KEEP] == 0 then
    return write_held(counter)
  end
  local keep = math.ceil(counter[KEEP] / MINUTE) * MINUTE -- So that it changes once a minute and not with every call.
  local is_whole = not counter[EXISTS] or counter[WHOLE] or counter[LISTED_NOW] or keep > counter[EXPIRY]
  if not is_whole and not counter[MOVED] then
    return call('SETRANGE', counter[KEY], USED_AT, pack('<ddd', counter[USED], counter[PICO], counter[HELD]))
  end
  counter[EXPIRY] = max(counter[EXPIRY], keep)
  counter[LISTED] = counter[LISTED_NOW] and now or counter[LISTED]
  local text = pack(
    HEAD, 'B1', counter[BORN], counter[START], counter[USED], counter[PICO], counter[HELD], counter[WARNED], counter[LISTED], counter[EXPIRY])
    .. sub(counter[STEPS], counter[FIRST])
  if is_whole then
    call('SET', counter[KEY], text, 'PX', text_of(counter[EXPIRY] - now))
  else
    call('SETRANGE', counter[KEY], '0', text)
  end
  if counter[LISTED_NOW] then
    list(counter)
  end
end

-- A counter that no line names; nil where there is none, or somebody's own key.
local function other(key)
  local text = try('GET', key)
  return type(text) == 'string' and parse(key, text) or nil
end

-- Version 2 of a hold's text: that it passed its deadline has been said.
local function said_text(hold, parts)
  local text = { 'H2' .. pack('<d', hold.admitted) }
  for i, part in ipairs(parts) do
    text[i + 1] = pack(PART, part.amount, part.born, part.key)
  end
  return table.concat(text)
end

-- Lets go of holds that passed their deadline: their amounts are given back, their texts stay for those who settle late. Returns of how many holds
-- each counter got back: key, how many, and so on.
-- A hold or counter that is not found was deleted, or is on its way to another node of a Cluster: what it is owed is kept for ten minutes.
local function let_go()
  local first = call('ZRANGE', KEYS[1], '0', '0', 'WITHSCORES')
  is_nothing_held = not first[1]
  if is_nothing_held or tonumber(first[2]) > now then
    return {}
  end
  local due = call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'WITHSCORES', 'LIMIT', 0, MOST_AT_ONCE)
  local ids, texts, found, expired, reply = {}, {}, {}, {}, {}
  for i = 1, #due, 2 do
    local key, owed = base .. 'hold:' .. due[i], {}
    local hold = hold_of(try('GET', key))
    for _, part in ipairs(hold or {}) do
      if found[part.key] == nil then
        found[part.key] = other(part.key) or false
      end
      if found[part.key] then
        local counter = found[part.key]
        if counter[BORN] == part.born then
          counter[HELD] = max(0, counter[HELD] - part.amount)
          expired[part.key] = (expired[part.key] or 0) + (hold.is_said and 0 or 1)
        end
      else
        owed[#owed + 1] = part
      end
    end
    local is_done = now - due[i + 1] > 10 * MINUTE or (hold and #owed == 0)
    if is_done then
      ids[#ids + 1] = due[i]
    end
    if hold and not is_done and (#owed < #hold or not hold.is_said) then
      texts[key] = said_text(hold, owed)
    end
  end
  if #ids > 0 then
    call('ZREM', KEYS[1], unpack(ids))
  elseif next(texts) == nil then
    return {}
  end
  for key, text in pairs(texts) do
    call('SET', key, text, 'PX', max(1, call('PTTL', key)))
  end
  for _, counter in pairs(found) do
    if counter then
      write_held(counter)
    end
  end
  for key, count in pairs(expired) do
    reply[#reply + 1], reply[#reply + 2] = key, count
  end
  return reply
end

