sweep()
local last = redis.call('XREVRANGE', changes, '+', '-', 'COUNT', 1)[1]
local position = last and last[1] or '0-0'
local number = redis.call('HGET', state, 'changes') or '0'
return { number, position, redis.call('HGETALL', nodes), redis.call('HGETALL', shards) }
