-- Holds the amounts of all lines, or of none.
-- KEYS[3] the hold; then each line's counter.
-- ARGV[1] the hold's id; ARGV[2] its lifetime; ARGV[3] for how long after its deadline it can be settled; ARGV[4] the lines.
-- Replies as answer says.

local lines, in_period = lines_of(ARGV[4], 4)
if not in_period then
  return { OTHER_PERIOD, now, 0 }
end

local expired = let_go()
local before = redis.call('GET', KEYS[3])
load(lines, 4)
if before == 'S' then
  return answer(KNOWN, expired, lines)
end
if before then
  -- As it was answered then: what is in shadow may be over, by what the others hold.
  local own = {}
  for _, part in ipairs(hold_of(before) or {}) do
    own[part.key] = part.amount
  end
  for _, line in ipairs(lines) do
    if line.shadow == 1 then
      local held = line.counter.held
      line.counter.held = held - (own[line.key] or 0)
      line.over = is_over(line)
      line.counter.held = held
    end
  end
  return answer(DONE, expired, lines)
end

local is_refused = false
for _, line in ipairs(lines) do
  line.over = is_over(line)
  is_refused = is_refused or (line.over and line.shadow == 0)
end
if is_refused then
  return answer(REFUSED, expired, lines)
end

local deadline = now + ARGV[2]
local gone = deadline + ARGV[3]
local parts = {}
for _, line in ipairs(lines) do
  local counter = line.counter
  line.is_written = line.amount > 0 or line.kind == SESSION_AGE
  if line.is_written then
    check_list(line)
    if line.kind == SESSION_AGE then
      counter.start = counter.start == 0 and now or counter.start
    else
      -- What is unlimited may hold as much as can be counted: exactly what is added is given back.
      local amount = math.min(line.amount, MAX - counter.held)
      counter.held = counter.held + amount
      parts[#parts + 1] = { amount = amount, born = counter.born, key = line.key }
    end
  end
end

redis.call('SET', KEYS[3], hold_text('H1', now, parts), 'PX', gone - now)
redis.call('ZADD', KEYS[1], deadline, ARGV[1])
if redis.call('PTTL', KEYS[1]) < gone - now then
  redis.call('PEXPIRE', KEYS[1], gone - now + MINUTE)
end
for _, line in ipairs(lines) do
  if line.is_written then
    save(line, math.max(keep_until(line), gone))
  end
end
return answer(DONE, expired, lines)
