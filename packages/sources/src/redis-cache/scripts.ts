import { type Script, script } from '../redis/scripts.ts';

// What is known of the origin is one hash beside the copy, so whoever may not write it does not lead either:
//   holder, held    who leads, and until when
//   fence, asked    the attempt to ask the origin that began last, and when
//   checked         when the origin was asked for the answer that the copy is made of
//   since, code, message, again, patient    while the origin is away: since when, why, not to be asked before, and whether
//                   it asked for that itself
//   unkept          until when the copy does not take what the origin answers
// All times are in ms since the epoch, of this server.

/** The longest lease, in ms. One that seems to have more left was taken by another clock, before a failover. */
export const LONGEST_LEASE = 3_000;

/** The longest time for which an origin is left alone, in ms. */
const LONGEST_WAIT = 600_000;

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function ms(n) return string.format('%.0f', n) end
`;

/**
 * What is known of the origin. KEYS: origin. Answers how long ago it was asked with success, in ms (nothing: never, or in
 * a future that a failover left behind); while it is away, since when, the code and the message, how long it is to be
 * left alone, and whether it asked for that itself; and whether the copy does not take its answers.
 */
export const LOOK: Script = /* @__PURE__ */ script(`${NOW}
local checked, since, code, message, again, patient, unkept = unpack(redis.call('HMGET', KEYS[1],
  'checked', 'since', 'code', 'message', 'again', 'patient', 'unkept'))
local age = checked and now - checked
local wait = again and again - now or 0
return {
  age and age > -1000 and ms(math.max(0, age)) or '',
  since or '', code or '', message or '',
  wait > 0 and wait <= ${LONGEST_WAIT} and ms(wait) or '0',
  patient or '',
  unkept and tonumber(unkept) > now and '1' or '',
}
`);

/** Takes the lease, or keeps it. KEYS: origin. ARGV: who, ms. Answers 0 if it is theirs, and else how long it is not. */
export const LEASE: Script = /* @__PURE__ */ script(`${NOW}
local holder, held = unpack(redis.call('HMGET', KEYS[1], 'holder', 'held'))
local left = held and held - now or 0
if holder and holder ~= ARGV[1] and left > 0 and left <= ${LONGEST_LEASE} then return left end
redis.call('HSET', KEYS[1], 'holder', ARGV[1], 'held', ms(now + ARGV[2]))
return 0
`);

/** Gives the lease back. KEYS: origin. ARGV: who. */
export const RETURN_LEASE: Script = /* @__PURE__ */ script(`
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
return redis.call('HDEL', KEYS[1], 'holder', 'held')
`);

/**
 * The origin is about to be asked: what was answered to attempts before this one does not count any more. KEYS: origin.
 * ARGV: who, fence. Answers 0 if somebody else has the lease.
 */
export const BEGIN: Script = /* @__PURE__ */ script(`${NOW}
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'fence', ARGV[2], 'asked', ms(now))
return 1
`);

/** The origin answered, and the copy has it. KEYS: origin. ARGV: fence, channel. Those who took it for away are told. */
export const ANSWERED: Script = /* @__PURE__ */ script(`
local fence, asked = unpack(redis.call('HMGET', KEYS[1], 'fence', 'asked'))
if fence ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'checked', asked)
local was = redis.call('HDEL', KEYS[1], 'since', 'code', 'message', 'again', 'patient', 'unkept')
if was > 0 then redis.pcall('PUBLISH', ARGV[2], 'answered') end
return 1
`);

/**
 * The origin is away. KEYS: origin. ARGV: fence, channel, code, message, since when or nothing for the time when it was
 * last asked with success, how long to leave it alone, and something if it asked for that itself. What is new is told.
 */
export const AWAY: Script = /* @__PURE__ */ script(`${NOW}
local fence, since, code, message, checked = unpack(redis.call('HMGET', KEYS[1],
  'fence', 'since', 'code', 'message', 'checked'))
if fence ~= ARGV[1] then return 0 end
local first = ARGV[5] ~= '' and ARGV[5] or checked or ms(now)
redis.call('HSET', KEYS[1], 'since', since or first, 'code', ARGV[3], 'message', ARGV[4],
  'again', ms(now + ARGV[6]), 'patient', ARGV[7])
if not since or code ~= ARGV[3] or message ~= ARGV[4] then redis.pcall('PUBLISH', ARGV[2], 'away') end
return 1
`);

/**
 * The origin answered, and the copy does not take it. KEYS: origin. ARGV: channel, for how many ms each process is to
 * ask the origin itself, and something if they are to be told.
 */
export const UNKEPT: Script = /* @__PURE__ */ script(`${NOW}
redis.call('HSET', KEYS[1], 'unkept', ms(now + ARGV[2]))
if ARGV[3] ~= '' then redis.pcall('PUBLISH', ARGV[1], 'unkept') end
return 1
`);
