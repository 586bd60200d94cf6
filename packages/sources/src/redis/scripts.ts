import { createHash } from 'node:crypto';
import type { RedisClient } from './client.ts';

/**
 * Lua that Redis runs as one step; plain Redis 6.2. No script decodes a definition: cjson would turn `[]` into `{}` and
 * round large integers.
 */
export interface Script {
  readonly lua: string;
  readonly sha: string;
}

/** A script by its text. */
export function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

/** Runs a script, and hands it over first if the server does not know it: after a restart, say. */
export async function run(
  client: RedisClient,
  { lua, sha }: Script,
  keys: readonly string[],
  args: readonly string[],
): Promise<unknown> {
  const rest = [String(keys.length), ...keys].concat(args);
  try {
    return await client.call('EVALSHA', [sha].concat(rest));
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
    return client.call('EVAL', [lua].concat(rest));
  }
}

/**
 * Whether the changes belong to the entries: the newest commit in them is the one that the entries come from. They are
 * two keys, and a restored backup, an eviction or a `DEL` may leave one of them as it was at another time.
 */
const INTACT = `
local function intact(changes, nonce, n)
  local newest = redis.call('ZREVRANGE', changes, 0, 0, 'WITHSCORES')
  local own = redis.call('ZSCORE', changes, '$rev:' .. nonce)
  return own and tonumber(own) == n and tonumber(newest[2]) == n
end
`;

/**
 * What changed since a revision. KEYS: entries, changes. ARGV: nonce and n of the revision.
 *
 * Answers `none`, `foreign` (no set of ours), `same`, `all` (read everything), or `changes`, the revision, and field and
 * text in turn; the text is empty if the field is gone.
 */
export const CHANGES: Script = /* @__PURE__ */ script(`${INTACT}
local rev = redis.call('HGET', KEYS[1], '$rev')
if not rev then
  return { redis.call('EXISTS', KEYS[1]) == 1 and 'foreign' or 'none' }
end
if rev == ARGV[1] .. '.' .. ARGV[2] then return { 'same' } end
local nonce, n = string.match(rev, '^(%x+)%.(%d+)$')
if not nonce then return { 'foreign' } end
local known = redis.call('ZSCORE', KEYS[2], '$rev:' .. ARGV[1])
if not known or tonumber(known) ~= tonumber(ARGV[2]) or not intact(KEYS[2], nonce, tonumber(n)) then
  return { 'all' }
end
local fields = {}
for _, member in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '(' .. ARGV[2], '+inf')) do
  if string.sub(member, 1, 1) ~= '$' then fields[#fields + 1] = member end
end
local reply = { 'changes', rev }
for from = 1, #fields, 1000 do
  local to = math.min(from + 999, #fields)
  local texts = redis.call('HMGET', KEYS[1], unpack(fields, from, to))
  for i = from, to do
    reply[#reply + 1] = fields[i]
    reply[#reply + 1] = texts[i - from + 1] or ''
  end
end
return reply
`);

/** The time of the server that holds the key, in ms since the epoch. */
export const CLOCK: Script = /* @__PURE__ */ script(`
local time = redis.call('TIME')
return string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000))
`);

/** How many of the arguments of `COMMIT` come before the edits. */
const TERMS = 6;

/**
 * Applies all edits or none. KEYS: entries, changes, and perhaps a hash whose field `fence` must be the fence given.
 * ARGV: nonce of this commit, manager or nothing, the time after which it must not happen any more, channel, something
 * if the set was there before, fence or nothing; then for each edit the field, what it was (nothing: whatever it is,
 * `-`: absent) and what it will be (nothing: absent).
 *
 * Answers `ok` and the revision, `conflict` and the number of the edit, `managed` and by whom, `late`, `foreign`,
 * `fenced` (the fence is another by now), or `gone`: there is no set, and these edits do not make a new one. Run twice
 * with one nonce, it happens once: drivers send again what was not answered.
 */
export const COMMIT: Script = /* @__PURE__ */ script(`${INTACT}
local entries, changes = KEYS[1], KEYS[2]
local id, manager, deadline, channel, known, fence = unpack(ARGV, 1, ${TERMS})
local rev = redis.call('HGET', entries, '$rev')
local nonce, n, whole = nil, 0, false
if rev then
  local digits
  nonce, digits = string.match(rev, '^(%x+)%.(%d+)$')
  if not nonce then return { 'foreign' } end
  n = tonumber(digits)
  whole = intact(changes, nonce, n)
elseif redis.call('EXISTS', entries) == 1 then
  return { 'foreign' }
end
local done = redis.call('ZSCORE', changes, '$rev:' .. id)
if done and whole then return { 'ok', string.format('%s.%.0f', id, done) } end

local time = redis.call('TIME')
if time[1] * 1000 + time[2] / 1000 > tonumber(deadline) then return { 'late' } end
if KEYS[3] and redis.call('HGET', KEYS[3], 'fence') ~= fence then return { 'fenced' } end
local held = redis.call('HGET', entries, '$managed')
if held and held ~= manager then return { 'managed', held } end

local puts, removals, touched = {}, {}, {}
for from = ${TERMS + 1}, #ARGV, 3000 do
  local fields = {}
  for at = from, math.min(from + 2997, #ARGV), 3 do fields[#fields + 1] = ARGV[at] end
  local texts = redis.call('HMGET', entries, unpack(fields))
  for i, field in ipairs(fields) do
    local at = from + (i - 1) * 3
    local was, text, current = ARGV[at + 1], ARGV[at + 2], texts[i]
    -- who takes the set for being there must not make one of these edits alone
    local makes = was == '-' or (was == '' and text ~= '' and known == '')
    if not rev and not makes then return { 'gone' } end
    if was ~= '' and (current or '-') ~= was then
      return { 'conflict', string.format('%d', (at - ${TERMS + 1}) / 3) }
    end
    if text == '' then
      if current then
        removals[#removals + 1] = field
        touched[#touched + 1] = field
      end
    elseif text ~= current then
      puts[#puts + 1] = field
      puts[#puts + 1] = text
      touched[#touched + 1] = field
    end
  end
end
local claim = manager ~= '' and not held
if rev and #touched == 0 then
  if claim then redis.call('HSET', entries, '$managed', manager) end
  return { 'ok', rev }
end

if not whole then
  redis.call('DEL', changes)
  if rev then redis.call('ZADD', changes, string.format('%.0f', n), '$rev:' .. nonce) end
end
local score = string.format('%.0f', n + 1)
local revision = id .. '.' .. score
touched[#touched + 1] = '$rev:' .. id
for from = 1, #touched, 1000 do
  local members = {}
  for i = from, math.min(from + 999, #touched) do
    members[#members + 1] = score
    members[#members + 1] = touched[i]
  end
  redis.call('ZADD', changes, unpack(members))
end
-- in this order, who may not do one of these has changed no definition
redis.call('HSET', entries, '$rev', revision)
for from = 1, #removals, 1000 do
  redis.call('HDEL', entries, unpack(removals, from, math.min(from + 999, #removals)))
end
for from = 1, #puts, 2000 do
  redis.call('HSET', entries, unpack(puts, from, math.min(from + 1999, #puts)))
end
if claim then redis.call('HSET', entries, '$managed', manager) end
-- the last thousand commits may be asked for; what is older is read as a whole. The commit is made: who may not do this
-- keeps more
if (n + 1) % 100 == 0 then
  redis.pcall('ZREMRANGEBYSCORE', changes, '-inf', string.format('(%.0f', n + 1 - 1000))
end
-- a hint: who may write but not publish still writes
redis.pcall('PUBLISH', channel, revision)
return { 'ok', revision }
`);
