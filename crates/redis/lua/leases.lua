-- The leases of a bot: who is alive, who owns which shards, and the log of the changes, which all watches read.

local nodes, shards, changes, state = KEYS[1], KEYS[2], KEYS[3], KEYS[4]

-- The time of the server in microseconds, or one more than the highest fence that is known.
local function next_fence(...)
  local last = redis.call('HGET', state, 'fence') or '0'
  if not is_number(last) then
    damage = field_of(state, 'fence')
    return nil
  end
  local fence = micros
  for _, known in ipairs({ last, ... }) do
    local above = successor(known)
    if exceeds(above, fence) then
      fence = above
    end
  end
  redis.call('HSET', state, 'fence', fence)
  return fence
end

local function log(...)
  local number = redis.call('HINCRBY', state, 'changes', 1)
  redis.call('XADD', changes, 'MAXLEN', '~', 4096, '*', 'number', number, 'change', table.concat({ ... }, ' '))
end

local function read_node(id)
  local value = redis.call('HGET', nodes, id)
  if not value then
    return nil
  end
  local fence, status, ttl, ends_at = value:match('^1 (%d+) (%l+) (%d+) (%d+)$')
  if not fence or not is_number(fence) then
    damage = field_of(nodes, id)
    return nil
  end
  return { fence = fence, status = status, ttl = ttl, ends_at = tonumber(ends_at) }
end

local function write_node(id, fence, status, ttl)
  local ends_at = string.format('%.0f', millis + ttl)
  redis.call('HSET', nodes, id, table.concat({ '1', fence, status, ttl, ends_at }, ' '))
end

local function end_node(id, fence)
  redis.call('HDEL', nodes, id)
  log('node-ended', id, fence)
end

-- Returns the lease of a node with this fence. Ends it if its time is over.
local function valid_node(id, fence)
  local node = read_node(id)
  if not node or node.fence ~= fence then
    return nil
  end
  if node.ends_at < millis then
    end_node(id, fence)
    return nil
  end
  return node
end

local function read_shard(number)
  local value = redis.call('HGET', shards, number)
  if not value then
    return nil
  end
  local total, fence, holder = value:match('^1 (%d+) (%d+)(.*)$')
  local node, node_fence = (holder or ''):match('^ ([%w_-]+) (%d+)$')
  if not fence or not is_number(fence) or (holder ~= '' and not node) then
    damage = field_of(shards, number)
    return nil
  end
  return { total = total, fence = fence, node = node, node_fence = node_fence }
end

-- Ends the leases whose time is over.
local function sweep()
  local all = redis.call('HKEYS', nodes)
  for _, id in ipairs(all) do
    local node = read_node(id)
    if node and node.ends_at < millis then
      end_node(id, node.fence)
    end
  end
  -- A value that can't be read is no lease.
  damage = nil
end
