-- All watches ask for this; one of them in a while is enough.
local last = tonumber(redis.call('HGET', state, 'swept') or '0') or 0
if millis - last >= tonumber(ARGV[1]) or millis < last then
  sweep()
  redis.call('HSET', state, 'swept', string.format('%.0f', millis))
end
return redis.call('HGET', state, 'changes') or '0'
