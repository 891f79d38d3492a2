-- Says where lines stand. Writes nothing but that holds which passed their deadline are let go.
-- KEYS[3..] each line's counter. ARGV[1] the lines. Replies as answer says.

local lines, in_period = lines_of(ARGV[1], 3)
if not in_period then
  return { OTHER_PERIOD, now, 0 }
end

local expired = let_go()
load(lines, 3)
for _, line in ipairs(lines) do
  line.over = is_over(line)
end
return answer(DONE, expired, lines)
