local number, total, fence, id, node_fence = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local held = read_shard(number)
if damage then
  return damaged()
end
if held and held.total == total and held.fence == fence and held.node == id and held.node_fence == node_fence then
  -- The fence of the last acquisition has to be known.
  redis.call('HSET', shards, number, table.concat({ '1', total, fence }, ' '))
  log('released', number, total, fence, id, node_fence)
end
return 'released'
