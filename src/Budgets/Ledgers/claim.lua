-- Takes the right to warn of a percentage of one line's limit in this period.
-- KEYS[3] the line's counter. ARGV[1] the percentage; ARGV[2] the line.
-- Replies 1: yours; 0: somebody's before, or the period has passed.

local lines, in_period = lines_of(ARGV[2], 3)
if not in_period then
  return 0
end

load(lines, 3)
local line, percent = lines[1], tonumber(ARGV[1])
local counter = line.counter
if counter.warned >= percent then
  return 0
end

check_list(line)
counter.warned = percent
local keep = keep_until(line)
if line.kind == SLIDING then
  -- A sliding window has no period: it warns again when all that it counted then has passed.
  counter.start = now + line.length
end
save(line, keep)
return 1
