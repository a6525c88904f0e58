local id, status, ttl, above = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local known = read_node(id)
-- A value that can't be read is no lease of this node, and is replaced.
damage = nil
local fence = next_fence(above, known and known.fence or '0')
if damage then
  return damaged()
end
write_node(id, fence, status, ttl)
log('node', id, fence, status)
return fence
