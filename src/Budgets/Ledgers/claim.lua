-- Takes the right to warn of a percentage of one line's limit in this period.
-- ARGV[2] the percentage. Replies 1: yours; 0: somebody's before, or the period has passed.

local lines, percent = lines_of(ARGV[1]), tonumber(ARGV[2])
load(lines, 1, 0)
local line = lines[1]
local counter = line[COUNTER]
if not line[IN_PERIOD] then
  return 0
end
if not counter then
  error(problems[line[COUNTER_KEY]], 0)
end
if counter[WARNED] >= percent then
  return 0
end

local problem = check_list(counter)
if problem then
  error(problem, 0)
end
counter[WARNED], counter[WHOLE] = percent, true
if line[KIND] == SLIDING then
  -- A sliding window has no period: it warns again when all that it counted then has passed.
  counter[START] = now + line[LENGTH]
end
counter[KEEP] = keep_until(line)
save(counter)
return 1
