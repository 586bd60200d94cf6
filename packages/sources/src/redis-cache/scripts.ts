import { type Script, script } from '../redis/scripts.ts';

/**
 * What is known of the origin. KEYS: origin. Answers how long ago it was last asked with success, in ms (nothing: never),
 * and, while it is away, since when, the code and the message.
 */
export const LOOK: Script = /* @__PURE__ */ script(`
local checked, since, code, message = unpack(redis.call('HMGET', KEYS[1], 'checked', 'since', 'code', 'message'))
local time = redis.call('TIME')
local age = checked and string.format('%.0f', math.max(0, time[1] * 1000 + time[2] / 1000 - checked)) or ''
return { age, since or '', code or '', message or '' }
`);

/** The origin answered. KEYS: origin. ARGV: channel. Those who took it for being away are told. */
export const ANSWERED: Script = /* @__PURE__ */ script(`
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'checked', string.format('%.0f', time[1] * 1000 + time[2] / 1000))
if redis.call('HDEL', KEYS[1], 'since', 'code', 'message') > 0 then redis.pcall('PUBLISH', ARGV[1], 'answered') end
return 1
`);

/**
 * The origin is away. KEYS: origin. ARGV: channel, code, message, and since when, in ms since the epoch, or nothing for
 * the time when it last answered. Told once.
 */
export const AWAY: Script = /* @__PURE__ */ script(`
if redis.call('HEXISTS', KEYS[1], 'since') == 1 then return 0 end
local since = ARGV[4]
if since == '' then since = redis.call('HGET', KEYS[1], 'checked') end
if not since then
  local time = redis.call('TIME')
  since = string.format('%.0f', time[1] * 1000 + time[2] / 1000)
end
redis.call('HSET', KEYS[1], 'since', since, 'code', ARGV[2], 'message', ARGV[3])
redis.pcall('PUBLISH', ARGV[1], 'away')
return 1
`);

/** Takes the lease, or keeps it. KEYS: lease. ARGV: who, ms. Answers 1 if it is theirs. */
export const LEASE: Script = /* @__PURE__ */ script(`
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`);

/** Gives the lease back. KEYS: lease. ARGV: who. */
export const RETURN_LEASE: Script = /* @__PURE__ */ script(`
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
`);
