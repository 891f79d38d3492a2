-- Raises a store that an earlier version made to the schema of this one, so that earlier versions do not write to it any more.
-- KEYS[1] hash of settings; ARGV[1] the earlier schema; ARGV[2] this one; ARGV[3] the first day of which every sum and list will be whole.
-- Replies the schema that the store is of now. Run again, it changes nothing.

if redis.call('HGET', KEYS[1], 'schema') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'schema', ARGV[2], 'lists_since', ARGV[3])
end
return redis.call('HGET', KEYS[1], 'schema')
