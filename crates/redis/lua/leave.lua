local id, fence = ARGV[1], ARGV[2]
local node = read_node(id)
if damage then
  return damaged()
end
if node and node.fence == fence then
  end_node(id, fence)
end
return 'left'
