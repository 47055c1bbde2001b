"""What the server does in one step, in Lua: nothing of it can be half done."""

from __future__ import annotations

SEND = """
local n, age = tonumber(ARGV[1]), tonumber(ARGV[2])
local ids = {}
for i = 3, #ARGV, 2 do
  ids[#ids + 1] = redis.call('XADD', KEYS[1], '*', ARGV[i], ARGV[i + 1])
end
if n > 0 then redis.call('XTRIM', KEYS[1], 'MAXLEN', '~', n) end
if age > 0 then
  local now = tonumber(string.match(ids[#ids], '^%d+'))
  redis.call('XTRIM', KEYS[1], 'MINID', '~', string.format('%.0f', math.max(now - age, 0)))
end
return ids
"""
"""Append events; KEYS stream; ARGV most events, most ms (0: no limit), then type and JSON of each.
Returns their positions."""

READ = """
local found = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', ARGV[3], 'STREAMS',
  KEYS[1], '>')
if not found then return false end
local size = 0
for _, entry in ipairs(found[1][2]) do
  for _, field in ipairs(entry[2]) do size = size + #field end
end
if size > 16777216 then return found[1][2] end
return cmsgpack.pack(found[1][2])
"""
"""Take new events of a group, without waiting; KEYS stream; ARGV group, consumer, how many. Returns
them packed into one text, unless they are large."""

BURY = """
local entry = redis.call('XADD', KEYS[1], '*', unpack(ARGV, 4))
redis.call('HSET', KEYS[2], ARGV[3], entry)
if ARGV[1] ~= '' then
  redis.call('XACK', KEYS[3], ARGV[1], ARGV[2])
end
return entry
"""
"""Keep a dead letter, and acknowledge what it is of; KEYS letters, index, stream; ARGV group
(empty: acknowledge nothing), position, letter id, then the letter's fields and values."""

REMOVE = """
local entry = redis.call('HGET', KEYS[2], ARGV[1])
if not entry then return 0 end
redis.call('HDEL', KEYS[2], ARGV[1])
return redis.call('XDEL', KEYS[1], entry)
"""
"""Forget a dead letter; KEYS letters, index; ARGV letter id. Returns how many there were."""

LEAVE = """
if #redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1, ARGV[2]) == 0 then
  redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
end
return 0
"""
"""Forget a consumer that has nothing pending; KEYS stream; ARGV group, consumer."""

TAKE = """
if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return 0 end
return redis.call('INCR', KEYS[2])
"""
"""Take a lock; KEYS lock, tokens; ARGV holder, ms. Returns the holder's token, 0 where another has
it."""

HOLD = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then return redis.call('DEL', KEYS[1]) end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
"""
"""Hold a lock for so many ms from now on, 0 to release it; KEYS lock; ARGV holder, ms. Returns
whether the holder still had it."""
