local key, fence = KEYS[1], ARGV[1]
local stored = redis.call('HMGET', key, 'fence', 'written', 'body')
local known, written, body = stored[1], stored[2], stored[3]
if (known and not is_number(known)) or (written and not (known and body and is_number(written))) then
  damage = key
  return damaged()
end
if known and exceeds(known, fence) then
  return { 'fenced', known }
end
if known ~= fence then
  redis.call('HSET', key, 'fence', fence)
end
if written then
  return { 'stored', written, body }
end
return { 'nothing' }
