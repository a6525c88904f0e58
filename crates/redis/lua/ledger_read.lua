local stored = redis.call('HMGET', KEYS[1], 'version', 'ledger')
return { micros, stored[1], stored[2] }
