local number, total, id, node_fence, above = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local own = valid_node(id, node_fence)
if damage then
  return damaged()
end
if not own then
  return { 'node-ended' }
end
local held = read_shard(number)
if damage then
  return damaged()
end
if held and held.node and not (held.node == id and held.node_fence == node_fence) then
  local holder = valid_node(held.node, held.node_fence)
  if damage then
    return damaged()
  end
  if holder then
    return { 'held', held.total, held.fence, held.node, held.node_fence }
  end
end
local fence = next_fence(above, held and held.fence or '0')
if damage then
  return damaged()
end
redis.call('HSET', shards, number, table.concat({ '1', total, fence, id, node_fence }, ' '))
log('acquired', number, total, fence, id, node_fence)
return { 'granted', fence }
