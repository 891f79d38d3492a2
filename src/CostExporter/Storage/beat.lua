-- Says that an exporter lives, and takes off the list those whose last beat is too long ago.
-- KEYS[1] hash of beats, its empty field the second of the last one of any exporter; ARGV[1] instance; ARGV[2] its beat (BeatText.cs), empty when it
-- ends; ARGV[3] seconds after which it counts as dead, -1: never;
-- ARGV[4] seconds to keep the list.
-- Replies {how many were taken off; their beats; then the beats of all others}. Who is taken off is told to one caller only.

local now = tonumber(redis.call('TIME')[1])
if ARGV[2] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
  return { '0' }
end

local others = redis.call('HGETALL', KEYS[1])
local dead, alive = {}, {}

-- Where nobody was heard for as long, it was the store that was away: everybody gets their time once more.
local last, limit = tonumber(redis.call('HGET', KEYS[1], '') or now), tonumber(ARGV[3])
local was_away = limit >= 0 and now - last > limit
for i = 1, #others, 2 do
  if others[i] ~= ARGV[1] and others[i] ~= '' then
    -- When it was seen and how long it may be silent stand before the beat.
    local seen, silent, beat = string.match(others[i + 1], '^(%d+) (%-?%d+) (.*)$')
    if was_away and seen then
      redis.call('HSET', KEYS[1], others[i], now .. ' ' .. silent .. ' ' .. beat)
      alive[#alive + 1] = beat
    elseif not seen or (tonumber(silent) >= 0 and now - tonumber(seen) > tonumber(silent)) then
      redis.call('HDEL', KEYS[1], others[i])
      dead[#dead + 1] = beat
    else
      alive[#alive + 1] = beat
    end
  end
end
redis.call('HSET', KEYS[1], '', now, ARGV[1], now .. ' ' .. ARGV[3] .. ' ' .. ARGV[2])
redis.call('EXPIREAT', KEYS[1], now + ARGV[4])

local reply = { tostring(#dead) }
for _, beat in ipairs(dead) do
  reply[#reply + 1] = beat
end
for _, beat in ipairs(alive) do
  reply[#reply + 1] = beat
end
return reply
