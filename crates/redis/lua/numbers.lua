-- Fences are numbers of up to 20 digits, which Lua's own numbers can't hold. They are compared and counted as texts.

local time = redis.call('TIME')
local micros = string.format('%.0f', time[1] * 1000000 + time[2])
local millis = time[1] * 1000 + math.floor(time[2] / 1000)

local function is_number(text)
  return #text <= 20 and (text == '0' or text:match('^[1-9]%d*$') ~= nil)
end

local function exceeds(left, right)
  if #left ~= #right then
    return #left > #right
  end
  return left > right
end

local function successor(number)
  local digits, nines = number:match('^(.-)(9*)$')
  local zeros = ('0'):rep(#nines)
  if digits == '' then
    return '1' .. zeros
  end
  return digits:sub(1, -2) .. string.format('%d', digits:sub(-1) + 1) .. zeros
end

-- What can't be read: a field and a key, or a key. Where it is set, the caller returns damaged().
local damage

local function damaged()
  return redis.error_reply('GLOAMINGDAMAGED ' .. damage)
end

local function field_of(key, field)
  return 'the field ' .. field .. ' of the key ' .. key
end
