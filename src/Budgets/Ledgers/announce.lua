-- Writes down what limits there are, beside what others wrote down. Replies 1.
-- KEYS[1] hash: a limit's name to its text. ARGV[1] for how long, in milliseconds; ARGV[2..] names and texts.

for i = 2, #ARGV, 2 do
  redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
