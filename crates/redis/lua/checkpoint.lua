-- A fence and a body for each key. The answer has the higher fence of each key that refused, and '' for the others.
local outcomes = {}
for index, key in ipairs(KEYS) do
  local fence, body = ARGV[2 * index - 1], ARGV[2 * index]
  local known = redis.call('HGET', key, 'fence')
  if known and not is_number(known) then
    -- The others are stored.
    damage = key
  elseif known and exceeds(known, fence) then
    outcomes[index] = known
  else
    redis.call('HSET', key, 'fence', fence, 'written', fence, 'body', body)
    outcomes[index] = ''
  end
end
if damage then
  return damaged()
end
return outcomes
