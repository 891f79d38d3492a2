-- Sets what was used to 0, and lets it warn anew; what is held stays. Replies how many counters there were.
-- KEYS[3..] each line's counter. ARGV[1] the lines.

local lines = lines_of(ARGV[1], 3)
load(lines, 3)
local found = 0
for _, line in ipairs(lines) do
  local counter = line.counter
  if counter.exists then
    found = found + 1
    counter.used, counter.pico, counter.warned, counter.steps, counter.first, counter.is_moved = 0, 0, 0, '', 1, true
    counter.start = line.kind == CALENDAR and counter.start or 0
    save(line, counter.expiry)
  end
end
return found
