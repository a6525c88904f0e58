local id, fence, status = ARGV[1], ARGV[2], ARGV[3]
local node = valid_node(id, fence)
if damage then
  return damaged()
end
if not node then
  return 'ended'
end
write_node(id, fence, status, node.ttl)
if node.status ~= status then
  log('node', id, fence, status)
end
return 'renewed'
