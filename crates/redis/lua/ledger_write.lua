local expected, ledger = ARGV[1], ARGV[2]
local version = redis.call('HGET', KEYS[1], 'version') or '0'
if version ~= expected then
  return 'conflict'
end
if not is_number(version) then
  damage = field_of(KEYS[1], 'version')
  return damaged()
end
-- A version is not given twice, also if the server has lost its last seconds.
local above = successor(version)
redis.call('HSET', KEYS[1], 'version', exceeds(above, micros) and above or micros, 'ledger', ledger)
return 'written'
