-- Sets what was used to 0, and lets it warn anew; what is held stays. Replies how many counters there were.
-- ARGV[2] how many counters there are: one for each line.

local lines, found = lines_of(ARGV[1]), 0
for _, line in ipairs(lines) do
  line[IN_PERIOD] = true
end
load(lines, tonumber(ARGV[2]), 0)
for _, line in ipairs(lines) do
  if not line[COUNTER] then
    error(problems[line[COUNTER_KEY]], 0)
  end
end
for _, line in ipairs(lines) do
  local counter = line[COUNTER]
  if counter[EXISTS] then
    found = found + 1
    counter[USED], counter[PICO], counter[WARNED], counter[STEPS], counter[FIRST], counter[WHOLE] = 0, 0, 0, '', 1, true
    counter[START] = line[KIND] == CALENDAR and counter[START] or 0
    counter[KEEP] = counter[EXPIRY]
    save(counter)
  end
end
return found
